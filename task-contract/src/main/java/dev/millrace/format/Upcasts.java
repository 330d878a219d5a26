package dev.millrace.format;

import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Read;
import dev.millrace.pipeline.Shape;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.json.tree.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What earlier versions wrote in another form, brought into that of today before it is read. What only has another name
 * needs none: the component says its former one. Whoever changes the form of a record adds to this, and never takes away.
 */
final class Upcasts {
    private static final List<String> READ_OF_REST = List.of("request", "records", "pagination");
    private static final List<String> READ_OF_FILES = List.of("files", "records");

    private Upcasts() {}

    /** @param object as some version wrote a {@code type} */
    static JsonNode today(Class<?> type, JsonNode object) {
        if (type == Work.class) {
            return work(object);
        } else if (type == Endpoint.class) {
            return endpoint(object);
        }
        return object;
    }

    /** 0.1 had a work for each kind of source. */
    private static JsonNode work(JsonNode work) {
        JsonNode type = work.get(Shape.DISCRIMINATOR);
        return switch (type != null && type.isString() ? type.getStringValue() : "") {
            case "extract-rest" -> read(work, "rest", READ_OF_REST, "extract");
            case "extract-files" -> read(work, "files", READ_OF_FILES, "extract");
            default -> work;
        };
    }

    /** 0.1 had the keys of all kinds of sources beside each other, null where the source was of another kind. */
    private static JsonNode endpoint(JsonNode endpoint) {
        JsonNode files = endpoint.get("files");
        if (endpoint.get("read") != null) {
            return endpoint;
        }
        return files == null || files.isNull()
                ? read(endpoint, "rest", READ_OF_REST, null)
                : read(endpoint, "files", READ_OF_FILES, null);
    }

    /**
     * Moves what it says into a {@link Read}.
     *
     * @param type of the object today; null: it has none
     */
    private static JsonNode read(JsonNode object, String kind, List<String> keys, @Nullable String type) {
        Map<String, JsonNode> read = new LinkedHashMap<>();
        Map<String, JsonNode> rest = new LinkedHashMap<>();
        read.put(Shape.DISCRIMINATOR, JsonNode.createStringNode(kind));
        object.entries().forEach(entry -> (keys.contains(entry.getKey()) ? read : rest)
                .put(entry.getKey(), entry.getValue()));
        rest.put("read", JsonNode.createObjectNode(read));
        if (type != null) {
            rest.put(Shape.DISCRIMINATOR, JsonNode.createStringNode(type));
        }
        return JsonNode.createObjectNode(rest);
    }
}
