package dev.millrace.secret;

import dev.millrace.pipeline.SecretReference;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.github.cdimascio.dotenv.Dotenv;
import io.github.cdimascio.dotenv.DotenvException;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * {@code NAME} is the file of that name in the secrets' folder or else the environment variable
 * {@code MILLRACE_SECRET_NAME}, or else what a file of such variables has. There are no versions and no projects.
 */
public final class SecretFiles {
    private static final String VARIABLE = "MILLRACE_SECRET_";

    /** As shells take them, and what reads the file leaves them. */
    private static final Pattern SINGLE_QUOTED = Pattern.compile("\\A'(.*)'\\z", Pattern.DOTALL);

    private final @Nullable Path folder;
    private final @Nullable Path envFile;

    /**
     * @param folder null: there is none
     * @param envFile with lines such as {@code MILLRACE_SECRET_NAME=value}; it needn't be there; null: there is none
     */
    public SecretFiles(@Nullable Path folder, @Nullable Path envFile) {
        this.folder = folder;
        this.envFile = envFile;
    }

    /**
     * The whole value, whatever field the reference names, without the line break that editors put at the end of a file.
     *
     * @throws MillraceException with {@code SECRET_MISSING}, naming the secret and where it was looked for
     */
    public String read(SecretReference reference) {
        return value(reference).replaceFirst("\\R\\z", "");
    }

    private String value(SecretReference reference) {
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
        if (value == null && envFile != null) {
            value = fromFile(envFile, VARIABLE + name);
        }
        if (value == null) {
            throw missing("there is no secret '" + name + "' (expected: "
                    + (folder == null ? "" : "a file of that name in the secrets' folder " + folder + ", or ")
                    + "the environment variable " + VARIABLE + name
                    + (envFile == null ? "" : ", or a line " + VARIABLE + name + "=… in " + envFile) + ")");
        }
        return value;
    }

    private static @Nullable String fromFile(Path file, String variable) {
        try {
            return Dotenv.configure()
                    .directory(String.valueOf(file.toAbsolutePath().getParent()))
                    .filename(String.valueOf(file.getFileName()))
                    .ignoreIfMissing()
                    .load()
                    .entries(Dotenv.Filter.DECLARED_IN_ENV_FILE)
                    .stream()
                    .filter(entry -> entry.getKey().equals(variable))
                    .map(entry -> SINGLE_QUOTED.matcher(entry.getValue()).replaceFirst("$1"))
                    .findFirst()
                    .orElse(null);
        } catch (DotenvException e) {
            // its message quotes the line
            throw missing(file + " has a line that is neither NAME=value nor a comment");
        }
    }

    private static MillraceException missing(String message) {
        return new MillraceException(ErrorCode.SECRET_MISSING, message);
    }
}
