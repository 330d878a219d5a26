package dev.millrace.extractor.secret;

import dev.millrace.pipeline.SecretReference;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Clock;
import java.util.Map;

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
        String field = reference.field();
        if (field == null) {
            return value;
        }
        Map<String, Object> fields;
        try {
            fields = json.readValue(value, Argument.mapOf(String.class, Object.class));
        } catch (IOException e) {
            // the parser's message quotes the value
            throw missing("secret '" + reference.name() + "' is no JSON object, so it has no field '" + field + "'");
        }
        Object found = fields == null ? null : fields.get(field);
        if (found instanceof String || found instanceof Number) {
            return found.toString();
        }
        throw missing("secret '" + reference.name() + "' has no field '" + field + "' with a text");
    }

    private static MillraceException missing(String message) {
        return new MillraceException(ErrorCode.SECRET_MISSING, message);
    }
}
