package dev.millrace.emulator.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a caller wants of an answer, such as {@code items(name,size),nextPageToken} or {@code items/*}.
 *
 * @see <a href="https://cloud.google.com/storage/docs/json_api#partial-response">Partial response</a>
 */
public final class PartialResponse {
    private static final String ALL = "*";

    /** Fields that are wanted; one that has none of its own is wanted whole. */
    private final Map<String, PartialResponse> fields = new TreeMap<>();

    private PartialResponse() {}

    /**
     * Returns what the request wants of an answer.
     *
     * @throws ApiException with 400 when that can't be read
     */
    public static JsonNode of(Request request, JsonNode answer) {
        String wanted = request.parameter("fields").orElse("");
        if (wanted.isEmpty()) {
            return answer;
        }
        PartialResponse partial = new PartialResponse();
        if (partial.read(wanted, 0) != wanted.length()) {
            throw new ApiException(400, "invalidParameter", "Invalid field selection " + wanted);
        }
        return partial.keep(answer);
    }

    /** Reads a list from a place in the text, and returns the place behind it. */
    private int read(String text, int start) {
        int at = start;
        while (true) {
            PartialResponse inner = this;
            int end;
            while (true) {
                end = at;
                while (end < text.length() && "/(),".indexOf(text.charAt(end)) < 0) {
                    end++;
                }
                inner = inner.fields.computeIfAbsent(text.substring(at, end), _ -> new PartialResponse());
                if (end == text.length() || text.charAt(end) != '/') {
                    break;
                }
                at = end + 1;
            }
            if (end < text.length() && text.charAt(end) == '(') {
                end = inner.read(text, end + 1);
                if (end == text.length() || text.charAt(end) != ')') {
                    throw new ApiException(400, "invalidParameter", "Invalid field selection " + text);
                }
                end++;
            }
            if (end == text.length() || text.charAt(end) != ',') {
                return end;
            }
            at = end + 1;
        }
    }

    private JsonNode keep(JsonNode node) {
        if (fields.isEmpty()) {
            return node;
        }
        if (node.isArray()) {
            ArrayNode kept = JsonNodeFactory.instance.arrayNode();
            node.forEach(element -> kept.add(keep(element)));
            return kept;
        }
        ObjectNode kept = JsonNodeFactory.instance.objectNode();
        node.properties().forEach(field -> {
            PartialResponse wanted = fields.getOrDefault(field.getKey(), fields.get(ALL));
            if (wanted != null && (wanted.fields.isEmpty() || field.getValue().isContainerNode())) {
                kept.set(field.getKey(), wanted.keep(field.getValue()));
            }
        });
        return kept;
    }
}
