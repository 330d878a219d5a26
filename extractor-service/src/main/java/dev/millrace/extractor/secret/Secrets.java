package dev.millrace.extractor.secret;

import dev.millrace.pipeline.SecretReference;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Values of secrets: {@code NAME} is the file of that name in the secrets' folder or else the environment variable
 * {@code MILLRACE_SECRET_NAME}. Read at each use, so a new version counts without a restart. Safe for use by several
 * threads.
 */
@Singleton
public final class Secrets {
    private static final String VARIABLE = "MILLRACE_SECRET_";

    private final @Nullable Path folder;
    private final ObjectMapper json;

    Secrets(SecretsConfig config, ObjectMapper json) {
        this.folder = config.folder();
        this.json = json;
    }

    /**
     * The value, or the field of it, that the reference stands for.
     *
     * @throws MillraceException with {@code SECRET_MISSING}, naming the secret and the field, never the value
     */
    String value(SecretReference reference) {
        String value = read(reference.name());
        String field = reference.field();
        return field == null ? value : field(reference.name(), value, field);
    }

    private String read(String name) {
        if (folder != null) {
            try {
                // editors end files with a line break that is no part of the secret
                return Files.readString(folder.resolve(name)).replaceFirst("\\R\\z", "");
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

    private String field(String name, String value, String field) {
        Map<String, Object> fields;
        try {
            fields = json.readValue(value, Argument.mapOf(String.class, Object.class));
        } catch (IOException e) {
            // the parser's message quotes the value
            throw missing("secret '" + name + "' is no JSON object, so it has no field '" + field + "'");
        }
        Object found = fields == null ? null : fields.get(field);
        if (found instanceof String || found instanceof Number) {
            return found.toString();
        }
        throw missing("secret '" + name + "' has no field '" + field + "' with a text");
    }

    private static MillraceException missing(String message) {
        return new MillraceException(ErrorCode.SECRET_MISSING, message);
    }
}
