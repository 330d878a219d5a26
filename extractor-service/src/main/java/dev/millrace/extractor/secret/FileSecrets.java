package dev.millrace.extractor.secret;

import dev.millrace.pipeline.SecretReference;
import dev.millrace.secret.SecretFiles;
import io.micronaut.core.annotation.Nullable;

/** Secrets in files and in the environment, which need no credentials. */
record FileSecrets(SecretFiles files) implements SecretSource {
    @Override
    public String read(SecretReference reference, @Nullable String credentials) {
        return files.read(reference);
    }

    @Override
    public void close() {
        // nothing is held open
    }
}
