package dev.millrace.transformer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Takes the columns' fields out of a record, each as it was sent. What is not one JSON object in strict UTF-8, without
 * a name that occurs twice in any object in it, is refused as a whole. For one thread.
 */
final class RecordScanner {
    private static final int MAX_DEPTH = 1_000;
    private static final String DUPLICATE = "Duplicate field ";

    /** Only the length of the record limits what is in it; numbers stay text, so their length costs nothing. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(Reject.RECORD_LIMIT)
                    .maxStringLength(Reject.RECORD_LIMIT)
                    .maxNameLength(Reject.RECORD_LIMIT)
                    .build())
            .build();

    private final FieldTree tree;
    private final boolean[] raw;
    private final Field[] fields;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private CharBuffer text = CharBuffer.allocate(4096);

    /** @param raw which columns want texts as JSON has them, with quotes and escapes */
    RecordScanner(FieldTree tree, boolean[] raw) {
        this.tree = tree;
        this.raw = raw;
        this.fields = new Field[raw.length];
    }

    /**
     * The fields in the order of the columns; the array is overwritten by the next call.
     *
     * @throws Misfit when the record is none
     */
    Field[] scan(byte[] bytes, int start, int end) throws Misfit {
        decode(bytes, start, end);
        Arrays.fill(fields, Field.MISSING);
        try (JsonParser parser = JSON.createParser(text.array(), 0, text.position())) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new Misfit("is an empty line");
            }
            if (first != JsonToken.START_OBJECT) {
                throw new Misfit("is not a JSON object");
            }
            object(parser, tree);
            if (parser.nextToken() != null) {
                throw new Misfit("has text after the end of the JSON object");
            }
        } catch (StreamConstraintsException e) {
            throw new Misfit("is nested too deeply, in more than " + MAX_DEPTH + " objects and arrays");
        } catch (JsonProcessingException e) {
            throw new Misfit(describe(e));
        } catch (IOException e) {
            throw new IllegalStateException("a parser of characters in memory has nothing to read", e);
        }
        checkEscapes();
        return fields;
    }

    /** The parser's words without its advice to programmers. */
    private static String describe(JsonProcessingException e) {
        String message = e.getOriginalMessage().lines().findFirst().orElse("malformed");
        if (message.startsWith(DUPLICATE)) {
            return "has the field " + message.substring(DUPLICATE.length()) + " twice in one object";
        }
        String fault = message.replaceFirst(" \\((start marker|for ).*| \\(code .*?\\)|: enable .*", "");
        return "is not JSON at character " + e.getLocation().getCharOffset() + ": " + fault;
    }

    private void decode(byte[] bytes, int start, int end) throws Misfit {
        if (text.capacity() < end - start) {
            text = CharBuffer.allocate(Math.max(end - start, Math.min(2 * text.capacity(), Reject.RECORD_LIMIT)));
        }
        text.clear();
        ByteBuffer in = ByteBuffer.wrap(bytes, start, end - start);
        CoderResult result = decoder.reset().decode(in, text, true);
        if (result.isError()) {
            throw new Misfit("is not UTF-8 at byte " + (in.position() - start));
        }
    }

    private void object(JsonParser parser, FieldTree node) throws IOException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            FieldTree child = node.child(parser.currentName());
            JsonToken value = parser.nextToken();
            if (child == null) {
                parser.skipChildren();
            } else {
                value(parser, child, value);
            }
        }
    }

    private void value(JsonParser parser, FieldTree node, JsonToken token) throws IOException {
        switch (token) {
            case VALUE_NULL -> put(node, Field.NULL, null);
            case VALUE_TRUE -> put(node, Field.TRUE, null);
            case VALUE_FALSE -> put(node, Field.FALSE, null);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
                put(node, new Field(Field.Kind.NUMBER, parser.getText()), null);
            case VALUE_STRING -> {
                long start = parser.currentTokenLocation().getCharOffset();
                put(node, new Field(Field.Kind.TEXT, parser.getText()), source(parser, start, node));
            }
            case START_OBJECT, START_ARRAY -> {
                long start = parser.currentTokenLocation().getCharOffset();
                if (token == JsonToken.START_OBJECT && node.hasChildren()) {
                    object(parser, node);
                } else {
                    parser.skipChildren();
                }
                boolean isObject = token == JsonToken.START_OBJECT;
                String source = isObject && node.columns().isEmpty() ? "" : sourceFrom(parser, start);
                put(node, new Field(isObject ? Field.Kind.OBJECT : Field.Kind.ARRAY, source), null);
            }
            default -> throw new IllegalStateException("no value: " + token);
        }
    }

    /** Of a text: null unless one of the node's columns wants it as JSON has it. */
    private @Nullable String source(JsonParser parser, long start, FieldTree node) throws IOException {
        List<Integer> columns = node.columns();
        for (int i = 0; i < columns.size(); i++) {
            if (raw[columns.get(i)]) {
                parser.finishToken();
                return sourceFrom(parser, start);
            }
        }
        return null;
    }

    private String sourceFrom(JsonParser parser, long start) {
        int from = (int) start;
        return new String(text.array(), from, (int) parser.currentLocation().getCharOffset() - from);
    }

    private void put(FieldTree node, Field field, @Nullable String source) {
        for (int column : node.columns()) {
            fields[column] = source != null && raw[column] ? new Field(field.kind(), source) : field;
        }
        if (node.hasChildren() && field.kind() != Field.Kind.OBJECT && field.kind() != Field.Kind.NULL) {
            for (int column : node.columnsBelow()) {
                fields[column] = new Field(Field.Kind.BLOCKED, field.text());
            }
        }
    }

    /** An escape can be half of a character, which no text in UTF-8 can hold. */
    private void checkEscapes() throws Misfit {
        char[] chars = text.array();
        int end = text.position();
        int at = 0;
        while (at < end) {
            if (chars[at] != '\\') {
                at++;
            } else if (chars[at + 1] != 'u') {
                at += 2;
            } else {
                char unit = unit(chars, at);
                boolean high = Character.isHighSurrogate(unit);
                if (Character.isLowSurrogate(unit) || (high && !isLowEscape(chars, at + 6))) {
                    throw new Misfit("has \\u" + Integer.toHexString(unit) + ", which is half of a character");
                }
                at += high ? 12 : 6;
            }
        }
    }

    /** The record has been found to be JSON, so after a backslash and a u there are four digits. */
    private static char unit(char[] chars, int at) {
        return (char) Integer.parseInt(new String(chars, at + 2, 4), 16);
    }

    private static boolean isLowEscape(char[] chars, int at) {
        return chars[at] == '\\' && chars[at + 1] == 'u' && Character.isLowSurrogate(unit(chars, at));
    }
}
