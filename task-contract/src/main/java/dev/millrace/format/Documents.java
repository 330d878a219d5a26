package dev.millrace.format;

import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;

/**
 * Reads documents where no application context has an {@link ObjectMapper} that knows {@link FormatDeserializer}, by the
 * same rule: {@link DocumentReader} says which.
 */
public final class Documents {
    private Documents() {}

    /**
     * @param type a record, or a sealed interface of records
     * @param json reads single values
     * @throws IOException when the text is no JSON, or nothing of that type: an {@link UnreadableException} then
     */
    public static <T> T read(String text, Class<T> type, ObjectMapper json) throws IOException {
        JsonNode root = json.readValue(text, Argument.of(JsonNode.class));
        return new DocumentReader(name(type), json).read(type, root == null ? JsonNode.nullNode() : root);
    }

    /** What errors call a document of the type, such as {@code Heartbeat.Answer}. */
    static String name(Class<?> type) {
        return type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
    }
}
