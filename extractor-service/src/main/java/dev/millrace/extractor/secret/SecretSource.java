package dev.millrace.extractor.secret;

import dev.millrace.pipeline.SecretReference;
import io.micronaut.core.annotation.Nullable;

/** A store of secrets' values. Each call reads the value anew. Safe for use by several threads. */
sealed interface SecretSource extends AutoCloseable permits FileSecrets, GoogleSecrets {
    /**
     * The whole value of the secret, whatever field the reference names.
     *
     * @param credentials name of the Google credentials that the pipeline asks for; null: those of the service
     * @throws dev.millrace.problem.MillraceException with {@code SECRET_MISSING}, {@code SECRET_DENIED},
     *     {@code SECRETS_UNAVAILABLE} or one of those of the credentials, naming the secret, never the value
     */
    String read(SecretReference reference, @Nullable String credentials);

    @Override
    void close();
}
