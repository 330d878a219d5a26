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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Takes the columns' fields out of a record, each as it was sent. What is not one JSON object in strict UTF-8, without
 * a name that occurs twice in any object in it, is refused as a whole. For one thread.
 */
final class RecordScanner {
    private static final int MAX_DEPTH = 1_000;

    /** The rows of a record are in memory together. */
    private static final int MAX_ELEMENTS = 100_000;

    /** Strict. Only the length of the record limits what is in it; numbers stay text, so their length costs nothing. */
    static final JsonFactory JSON = JsonFactory.builder()
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

    /** For records, whose names {@link SeenNames} compares with less work. */
    private static final JsonFactory RECORD =
            JSON.rebuild().disable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private final FieldTree tree;
    private final Field[] fields;
    private final List<Field[]> elements = new ArrayList<>();
    private int explodedLength;
    private final SeenNames seen = new SeenNames();
    private final String[] foundAt;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private CharBuffer text = CharBuffer.allocate(4096);

    RecordScanner(FieldTree tree) {
        this.tree = tree;
        this.fields = new Field[tree.size()];
        this.foundAt = new String[tree.size()];
    }

    /**
     * The fields in the order of the columns; the array is overwritten by the next call.
     *
     * @param escapes whether there may be a backslash in it
     * @throws Misfit when the record is none
     */
    Field[] scan(byte[] bytes, int start, int end, boolean escapes) throws Misfit {
        decode(bytes, start, end);
        Arrays.fill(fields, Field.MISSING);
        elements.clear();
        seen.clear();
        explodedLength = 0;
        try (JsonParser parser = RECORD.createParser(text.array(), 0, text.position())) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new Misfit("is an empty line");
            }
            if (first != JsonToken.START_OBJECT) {
                throw new Misfit("is not a JSON object");
            }
            new Walk(parser, 0, text.array()).object(tree, fields);
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
        if (escapes) {
            checkEscapes();
        }
        return fields;
    }

    /**
     * The fields of each element of the array that is exploded, which the last call has found, with those of the record
     * around it; empty when there is none.
     *
     * @throws Misfit when a column is both in the element and around it
     */
    List<Field[]> elements() throws Misfit {
        for (Field[] element : elements) {
            for (int i = 0; i < element.length; i++) {
                if (element[i].kind() == Field.Kind.MISSING) {
                    element[i] = fields[i];
                } else if (fields[i].kind() != Field.Kind.MISSING) {
                    throw new Misfit("has a column's name both in the exploded array and around it");
                }
            }
        }
        return elements;
    }

    /** Characters of the array that is exploded. */
    int explodedLength() {
        return explodedLength;
    }

    /** The parser's words without its advice to programmers. */
    private static String describe(JsonProcessingException e) {
        String message = e.getOriginalMessage().lines().findFirst().orElse("malformed");
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

    /** A parser on its way through a record, or through a part of one. */
    private final class Walk {
        private final JsonParser parser;
        private final int base;
        private final char[] chars;

        /** @param base where the parser's text starts in the characters */
        Walk(JsonParser parser, int base, char[] chars) {
            this.parser = parser;
            this.base = base;
            this.chars = chars;
        }

        void object(FieldTree node, Field[] fields) throws IOException, Misfit {
            int object = seen.begin();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                FieldTree child = node.child(name(object));
                JsonToken value = parser.nextToken();
                if (child == null) {
                    skip(value);
                } else {
                    value(child, value, fields);
                }
            }
            seen.end(object);
        }

        /** Of the field at the parser. */
        private String name(int object) throws IOException, Misfit {
            String name = parser.currentName();
            if (!seen.add(object, name)) {
                throw new Misfit("has the field '" + name + "' twice in one object");
            }
            return name;
        }

        /** Passes a value, to its end if it is an object or an array. */
        private void skip(JsonToken token) throws IOException, Misfit {
            if (token == JsonToken.START_OBJECT) {
                int object = seen.begin();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String _ = name(object);
                    skip(parser.nextToken());
                }
                seen.end(object);
            } else if (token == JsonToken.START_ARRAY) {
                JsonToken element = parser.nextToken();
                while (element != JsonToken.END_ARRAY) {
                    skip(element);
                    element = parser.nextToken();
                }
            }
        }

        private void value(FieldTree node, JsonToken token, Field[] fields) throws IOException, Misfit {
            if (node.isExploded()) {
                explode(node, token);
                return;
            }
            if (node.isExplodedBelow() && token != JsonToken.START_OBJECT && token != JsonToken.VALUE_NULL) {
                throw new Misfit("can't be exploded: the path of the array leads through a value that is no object");
            }
            content(node, token, fields);
        }

        /** Takes the fields of each element apart from those of the record. */
        private void explode(FieldTree node, JsonToken token) throws IOException, Misfit {
            if (token == JsonToken.VALUE_NULL) {
                return;
            }
            if (token != JsonToken.START_ARRAY) {
                throw new Misfit("can't be exploded: the value is no array");
            }
            int start = start();
            JsonToken element = parser.nextToken();
            while (element != JsonToken.END_ARRAY) {
                if (elements.size() == MAX_ELEMENTS) {
                    throw new Misfit("has an array of more than " + MAX_ELEMENTS + " elements to explode");
                }
                Field[] ofElement = new Field[tree.size()];
                Arrays.fill(ofElement, Field.MISSING);
                content(node, element, ofElement);
                elements.add(ofElement);
                element = parser.nextToken();
            }
            explodedLength = end() - start;
        }

        private void content(FieldTree node, JsonToken token, Field[] fields) throws IOException, Misfit {
            List<FieldTree.Target> targets = node.targets();
            for (int i = 0; i < targets.size(); i++) {
                FieldTree.Target target = targets.get(i);
                if (target.flattened() != null) {
                    if (fields[target.position()].kind() != Field.Kind.MISSING) {
                        throw new Misfit("has one column's value twice, at " + foundAt[target.position()] + " and at "
                                + target.flattened());
                    }
                    foundAt[target.position()] = target.flattened();
                }
            }
            switch (token) {
                case VALUE_NULL -> put(node, Field.NULL, null, fields);
                case VALUE_TRUE -> put(node, Field.TRUE, null, fields);
                case VALUE_FALSE -> put(node, Field.FALSE, null, fields);
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
                    put(node, new Field(Field.Kind.NUMBER, parser.getText()), null, fields);
                case VALUE_STRING -> {
                    int start = start();
                    Field text = new Field(Field.Kind.TEXT, parser.getText());
                    put(node, text, wantsRaw(node) ? source(start) : null, fields);
                }
                case START_OBJECT, START_ARRAY -> composite(node, token, fields);
                default -> throw new IllegalStateException("no value: " + token);
            }
        }

        private void composite(FieldTree node, JsonToken token, Field[] fields) throws IOException, Misfit {
            List<FieldTree.Target> targets = node.targets();
            if (!node.hasChildren() && targets.size() == 1 && targets.getFirst().hasParts()) {
                fields[targets.getFirst().position()] = parts(targets.getFirst(), token);
                return;
            }
            int start = start();
            boolean isObject = token == JsonToken.START_OBJECT;
            if (isObject && node.hasChildren()) {
                object(node, fields);
            } else {
                skip(token);
            }
            String source = isObject && targets.isEmpty() ? "" : source(start);
            put(node, new Field(isObject ? Field.Kind.OBJECT : Field.Kind.ARRAY, source), null, fields);
            for (FieldTree.Target target : targets) {
                if (target.hasParts()) {
                    fields[target.position()] = again(target, start);
                }
            }
        }

        /** Several columns want the same object or array, each its own parts of it. */
        private Field again(FieldTree.Target target, int start) throws IOException, Misfit {
            int length = end() - start;
            try (JsonParser once = RECORD.createParser(chars, start, length)) {
                return new Walk(once, start, chars).parts(target, once.nextToken());
            }
        }

        /** Of an object or array. */
        private Field parts(FieldTree.Target target, JsonToken token) throws IOException, Misfit {
            if (target.repeated() && token == JsonToken.START_ARRAY) {
                List<Field> elements = new ArrayList<>();
                JsonToken element = parser.nextToken();
                while (element != JsonToken.END_ARRAY) {
                    elements.add(element(target, element));
                    element = parser.nextToken();
                }
                return new Field(Field.Kind.ARRAY, "", elements);
            }
            return target.repeated() ? whole(token) : element(target, token);
        }

        private Field element(FieldTree.Target target, JsonToken token) throws IOException, Misfit {
            FieldTree record = target.record();
            return switch (token) {
                case VALUE_NULL -> Field.NULL;
                case VALUE_TRUE -> Field.TRUE;
                case VALUE_FALSE -> Field.FALSE;
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Field(Field.Kind.NUMBER, parser.getText());
                case VALUE_STRING -> {
                    int start = start();
                    String text = parser.getText();
                    yield new Field(Field.Kind.TEXT, target.raw() ? source(start) : text);
                }
                case START_OBJECT -> {
                    if (record == null) {
                        yield whole(token);
                    }
                    Field[] parts = new Field[record.size()];
                    Arrays.fill(parts, Field.MISSING);
                    object(record, parts);
                    yield new Field(Field.Kind.OBJECT, "", Arrays.asList(parts));
                }
                case START_ARRAY -> whole(token);
                default -> throw new IllegalStateException("no value: " + token);
            };
        }

        private Field whole(JsonToken token) throws IOException, Misfit {
            int start = start();
            skip(token);
            return new Field(token == JsonToken.START_OBJECT ? Field.Kind.OBJECT : Field.Kind.ARRAY, source(start));
        }

        private static boolean wantsRaw(FieldTree node) {
            List<FieldTree.Target> targets = node.targets();
            for (int i = 0; i < targets.size(); i++) {
                if (targets.get(i).raw()) {
                    return true;
                }
            }
            return false;
        }

        private int start() {
            return base + (int) parser.currentTokenLocation().getCharOffset();
        }

        private int end() {
            return base + (int) parser.currentLocation().getCharOffset();
        }

        /** From there to the end of the current token. */
        private String source(int start) throws IOException, Misfit {
            parser.finishToken();
            return new String(chars, start, end() - start);
        }

        private void put(FieldTree node, Field field, @Nullable String source, Field[] fields) {
            List<FieldTree.Target> targets = node.targets();
            for (int i = 0; i < targets.size(); i++) {
                FieldTree.Target target = targets.get(i);
                fields[target.position()] =
                        source != null && target.raw() && !target.repeated() ? new Field(field.kind(), source) : field;
            }
            if (node.hasChildren() && field.kind() != Field.Kind.OBJECT && field.kind() != Field.Kind.NULL) {
                for (int column : node.columnsBelow()) {
                    fields[column] = new Field(Field.Kind.BLOCKED, field.text());
                }
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
