package dev.millrace.extractor.secret;

import dev.millrace.pipeline.SecretReference;
import dev.millrace.secret.SecretField;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.time.Clock;

/** The secrets that this service may read. Safe for use by several threads. */
@Singleton
public final class Secrets {
    private final SecretSource source;
    private final SecretsConfig config;
    private final ObjectMapper json;
    private final Clock clock;

    Secrets(SecretSource source, SecretsConfig config, ObjectMapper json, Clock clock) {
        this.source = source;
        this.config = config;
        this.json = json;
        this.clock = clock;
    }

    /**
     * For a run that begins: it reads each secret when it first needs it, so a new version counts without a restart.
     *
     * @param credentials name of the Google credentials that the pipeline asks for; null: those of the service
     */
    public RunSecrets ofRun(@Nullable String credentials) {
        return new RunSecrets(this, clock, config.cacheFor(), credentials);
    }

    /** The whole value, without the line break that editors put at the end of a file. */
    String value(SecretReference reference, @Nullable String credentials) {
        return source.read(reference, credentials).replaceFirst("\\R\\z", "");
    }

    /** The field that the reference names, of the secret's whole value; without one, all of it. */
    String part(SecretReference reference, String value) {
        return SecretField.of(reference, value, json);
    }
}
