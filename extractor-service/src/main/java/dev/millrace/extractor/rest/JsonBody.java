package dev.millrace.extractor.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.millrace.pipeline.JsonPath;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** The JSON object of a request, made of the pipeline's template. Numbers stay as they are written. For one request. */
final class JsonBody {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String NUMBER = "-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?";

    private final Members root;

    private sealed interface Node {}

    private record Members(Map<String, Node> members) implements Node {}

    private record Elements(List<Node> elements) implements Node {}

    private record Text(String text) implements Node {}

    /** A number, true, false or null. */
    private record Literal(String token) implements Node {}

    /**
     * @param template a JSON object
     * @param texts makes what is sent of each text in it
     */
    JsonBody(String template, UnaryOperator<String> texts) {
        try (JsonParser parser = JSON.createParser(template)) {
            parser.nextToken();
            this.root = members(parser, texts);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of a template that was checked with the pipeline: can't be
        }
    }

    /** What stands for a text between quotes, or for a number without. */
    static String escaped(String text) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(text));
    }

    private static Members members(JsonParser parser, UnaryOperator<String> texts) throws IOException {
        Map<String, Node> members = new LinkedHashMap<>();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            members.put(name, node(parser, texts));
        }
        return new Members(members);
    }

    private static Node node(JsonParser parser, UnaryOperator<String> texts) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            return members(parser, texts);
        } else if (token == JsonToken.START_ARRAY) {
            List<Node> elements = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                elements.add(node(parser, texts));
            }
            return new Elements(elements);
        }
        return token == JsonToken.VALUE_STRING
                ? new Text(texts.apply(parser.getText()))
                : new Literal(parser.getText());
    }

    /**
     * Puts the value at a path, as a number where a number stands, else as a text. Objects that are missing on the way
     * are made.
     */
    void put(JsonPath path, String value) {
        put(root, path, 0, before -> isNumber(before) && value.matches(NUMBER) ? new Literal(value) : new Text(value));
    }

    /** Puts the number at a path, likewise. */
    void put(JsonPath path, long value) {
        put(root, path, 0, _ -> new Literal(Long.toString(value)));
    }

    private static Node put(@Nullable Node node, JsonPath path, int passed, Function<@Nullable Node, Node> value) {
        if (passed == path.steps().size()) {
            return value.apply(node);
        }
        return switch (path.steps().get(passed)) {
            case JsonPath.Step.Name(String name, boolean _) -> {
                Members object = node instanceof Members members ? members : new Members(new LinkedHashMap<>());
                String key = object.members().keySet().stream()
                        .filter(member -> path.stepsOf(member, passed) > 0)
                        .findFirst()
                        .orElse(name);
                Node below = put(object.members().get(key), path, passed + path.stepsOf(key, passed), value);
                object.members().put(key, below);
                yield object;
            }
            case JsonPath.Step.Element(int position) -> {
                if (!(node instanceof Elements array)) {
                    throw new IllegalStateException(
                            path + " leads nowhere in the body, which was checked with the file");
                }
                array.elements().set(position, put(array.elements().get(position), path, passed + 1, value));
                yield array;
            }
        };
    }

    private static boolean isNumber(@Nullable Node node) {
        return node instanceof Literal literal && literal.token().matches(NUMBER);
    }

    String json() {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(text)) {
            write(root, generator);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
        return text.toString();
    }

    private static void write(Node node, JsonGenerator generator) throws IOException {
        switch (node) {
            case Members(Map<String, Node> members) -> {
                generator.writeStartObject();
                for (Map.Entry<String, Node> member : members.entrySet()) {
                    generator.writeFieldName(member.getKey());
                    write(member.getValue(), generator);
                }
                generator.writeEndObject();
            }
            case Elements(List<Node> elements) -> {
                generator.writeStartArray();
                for (Node element : elements) {
                    write(element, generator);
                }
                generator.writeEndArray();
            }
            case Text(String value) -> generator.writeString(value);
            case Literal(String token) -> generator.writeRawValue(token);
        }
    }
}
