package dev.millrace.extractor.rest;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.millrace.extractor.record.JsonSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.pipeline.CursorReference;
import dev.millrace.pipeline.EachReference;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.rest.ForEach;
import dev.millrace.pipeline.rest.Request;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is kept of a record or value that requests are sent for, and what the requests say of it. For any number of threads. */
final class KeptFields {
    private static final Pattern LITERAL =
            Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false");

    private final ForEach forEach;
    private final List<JsonPath> kept;
    /** By their texts. */
    private final Map<String, EachReference> references = new LinkedHashMap<>();
    /** Texts of those that stand in the path of the request. */
    private final Set<String> inPath;
    /** Texts of those that stand in the body without quotes around them. */
    private final Set<String> bare;

    KeptFields(ForEach forEach, Request request) {
        this.forEach = forEach;
        this.kept = forEach.kept(request);
        request.references().forEach(reference -> references.put(reference.text(), reference));
        this.inPath = EachReference.in(request.path()).stream()
                .map(EachReference::text)
                .collect(Collectors.toSet());
        this.bare = request.body() == null ? Set.of() : outsideOfTexts(request.body());
    }

    private static Set<String> outsideOfTexts(String json) {
        StringBuilder outside = new StringBuilder();
        boolean inside = false;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (inside && c == '\\') {
                i++;
            } else if (c == '"') {
                inside = !inside;
            } else if (!inside) {
                outside.append(c);
            }
        }
        Set<String> found = new LinkedHashSet<>();
        EachReference.in(outside.toString()).forEach(reference -> found.add(reference.text()));
        return found;
    }

    /** Of a record, what is kept. */
    List<JsonPath> paths() {
        return kept;
    }

    /** What becomes of a record or value. */
    sealed interface Kept {
        /**
         * @param json what is kept, on one line
         * @param key the same of all for which the request is the same
         */
        record Line(String json, String key) implements Kept {}

        /** @param reason why no request can be sent for it */
        record Unfit(String reason) implements Kept {}
    }

    /** @param json a record, or a value */
    Kept of(byte[] json) {
        try {
            CharBuffer _ = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json));
            Map<JsonPath, String> found = found(
                    json, Stream.concat(kept.stream(), references()).distinct().toList());
            List<String> texts = new ArrayList<>();
            for (EachReference reference : references.values()) {
                String token = token(reference, json, found);
                String fault = fault(reference, token);
                if (fault != null) {
                    return new Kept.Unfit(fault);
                }
                texts.add(text(String.valueOf(token)));
            }
            return new Kept.Line(
                    forEach.isSingle() ? new String(json, StandardCharsets.UTF_8) : nested(found),
                    String.join("\n", texts));
        } catch (MalformedSource e) {
            return new Kept.Unfit("what the request is to be sent for can't be read: " + e.getMessage());
        } catch (CharacterCodingException e) {
            return new Kept.Unfit("what the request is to be sent for is not UTF-8");
        }
    }

    /** @param line that {@link #of} has made */
    Each each(byte[] line) {
        try {
            Map<JsonPath, String> found = found(line, references().toList());
            Map<String, String> texts = new LinkedHashMap<>();
            references.forEach(
                    (text, reference) -> texts.put(text, text(String.valueOf(token(reference, line, found)))));
            String field = '"' + forEach.as() + "\":" + new String(line, StandardCharsets.UTF_8);
            return new Each(forEach.as(), field, texts);
        } catch (MalformedSource e) {
            throw new IllegalStateException("a line of our own can't be read", e);
        }
    }

    private Stream<JsonPath> references() {
        return references.values().stream()
                .filter(reference -> reference.path() != null)
                .map(EachReference::pathOf)
                .distinct();
    }

    private Map<JsonPath, String> found(byte[] json, List<JsonPath> paths) throws MalformedSource {
        try {
            return forEach.isSingle() ? Map.of() : JsonSlicer.wholeAt(json, paths);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
    }

    private static @Nullable String token(EachReference reference, byte[] json, Map<JsonPath, String> found) {
        return reference.path() == null ? new String(json, StandardCharsets.UTF_8) : found.get(reference.pathOf());
    }

    private static String text(String token) {
        return token.startsWith("\"") ? JsonSlicer.text(token) : token;
    }

    private @Nullable String fault(EachReference reference, @Nullable String token) {
        String what = reference.path() == null ? reference.name() : "'" + reference.path() + "'";
        if (token == null) {
            return "there is no " + what + ", which the request is to be sent with";
        }
        if (token.equals("null") || token.startsWith("{") || token.startsWith("[")) {
            String found = token.equals("null") ? "null" : token.startsWith("{") ? "an object" : "an array";
            return what + " is " + found + ", and no value that the request can be sent with";
        }
        String text = text(token);
        if (!CursorReference.isUsable(text)) {
            return what + " is a text that no request can be sent with (expected: 1 to 1000 characters, none of them a"
                    + " control character, and no ${)";
        }
        if (inPath.contains(reference.text()) && (text.equals(".") || text.equals(".."))) {
            return what + " is '" + text + "', which leads elsewhere in a path";
        }
        if (bare.contains(reference.text()) && !LITERAL.matcher(text).matches()) {
            return what + " is a text, which needs quotes around " + reference.text() + " in the body";
        }
        return null;
    }

    /** What was found, nested as the paths are. */
    private String nested(Map<JsonPath, String> found) {
        Map<String, Object> root = new LinkedHashMap<>();
        for (JsonPath path : kept) {
            String token = found.get(path);
            if (token != null) {
                put(root, path, 0, token);
            }
        }
        StringBuilder json = new StringBuilder();
        write(root, json);
        return json.toString();
    }

    @SuppressWarnings("unchecked") // what is no text is a map that was made here
    private static void put(Map<String, Object> object, JsonPath path, int passed, String token) {
        if (!(path.steps().get(passed) instanceof JsonPath.Step.Name(String name, boolean _))) {
            throw new IllegalStateException(path + " leads into an array, which the file's rules refuse");
        }
        if (passed == path.steps().size() - 1) {
            object.put(name, token);
        } else {
            put(
                    (Map<String, Object>) object.computeIfAbsent(name, _ -> new LinkedHashMap<String, Object>()),
                    path,
                    passed + 1,
                    token);
        }
    }

    private static void write(Object value, StringBuilder json) {
        if (!(value instanceof Map<?, ?> object)) {
            json.append(value);
            return;
        }
        json.append('{');
        String separator = "";
        for (Map.Entry<?, ?> member : object.entrySet()) {
            json.append(separator).append('"');
            JsonStringEncoder.getInstance().quoteAsString(member.getKey().toString(), json);
            json.append("\":");
            write(member.getValue(), json);
            separator = ",";
        }
        json.append('}');
    }
}
