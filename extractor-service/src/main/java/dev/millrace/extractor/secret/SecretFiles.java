package dev.millrace.extractor.secret;

import dev.millrace.pipeline.SecretReference;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * {@code NAME} is the file of that name in the secrets' folder or else the environment variable
 * {@code MILLRACE_SECRET_NAME}. There are no versions and no projects.
 */
final class SecretFiles implements SecretSource {
    private static final String VARIABLE = "MILLRACE_SECRET_";

    private final @Nullable Path folder;

    /** @param folder null: secrets come from the environment only */
    SecretFiles(@Nullable Path folder) {
        this.folder = folder;
    }

    @Override
    public String read(SecretReference reference, @Nullable String credentials) {
        String name = reference.name();
        if (reference.version() != null || reference.project() != null) {
            throw missing(reference + " names a version or a project, which secrets in files don't have (expected:"
                    + " ${secret:" + name + "}, or millrace.secrets.type secret-manager)");
        }
        if (folder != null) {
            try {
                return Files.readString(folder.resolve(name));
            } catch (NoSuchFileException e) {
                // then it is in the environment
            } catch (IOException e) {
                throw missing(
                        "secret '" + name + "' can't be read: " + e.getClass().getSimpleName());
            }
        }
        String value = System.getenv(VARIABLE + name);
        if (value == null) {
            throw missing("there is no secret '" + name + "' (expected: "
                    + (folder == null ? "" : "a file of that name in the secrets' folder, or ")
                    + "the environment variable " + VARIABLE + name + ")");
        }
        return value;
    }

    private static MillraceException missing(String message) {
        return new MillraceException(ErrorCode.SECRET_MISSING, message);
    }

    @Override
    public void close() {
        // nothing is held open
    }
}
