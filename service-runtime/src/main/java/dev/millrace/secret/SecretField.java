package dev.millrace.secret;

import dev.millrace.pipeline.SecretReference;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.util.Map;

/** What a reference means of the value of its secret. */
public final class SecretField {
    private SecretField() {}

    /**
     * The field that the reference names, of the secret's whole value; without one, all of it.
     *
     * @throws MillraceException with {@code SECRET_MISSING}, naming the secret, never the value
     */
    public static String of(SecretReference reference, String value, ObjectMapper json) {
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
