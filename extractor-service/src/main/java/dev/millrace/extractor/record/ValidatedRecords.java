package dev.millrace.extractor.record;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.millrace.staging.Reject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Hands on records that are one JSON object in UTF-8, without a name that an object has twice, and rejects all others:
 * what the transformer does for a table. For one thread.
 */
final class ValidatedRecords implements RecordSink {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(1_000)
                    .maxNumberLength(Reject.RECORD_LIMIT)
                    .maxStringLength(Reject.RECORD_LIMIT)
                    .maxNameLength(Reject.RECORD_LIMIT)
                    .build())
            .build();

    private final RecordSink sink;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);

    ValidatedRecords(RecordSink sink) {
        this.sink = sink;
    }

    @Override
    public void beginsAt(long line) {
        sink.beginsAt(line);
    }

    @Override
    public void onSheet(String name, Map<String, Integer> columns) {
        sink.onSheet(name, columns);
    }

    @Override
    public void beginsAt(long line, int column) {
        sink.beginsAt(line, column);
    }

    @Override
    public void record(byte[] bytes, int offset, int length) {
        String fault = fault(bytes, offset, length);
        if (fault.isEmpty()) {
            sink.record(bytes, offset, length);
        } else {
            int shown = Math.min(length, 4 * Reject.MAX_RECORD); // a character takes four bytes at most
            sink.reject("the record " + fault, new String(bytes, offset, shown, StandardCharsets.UTF_8));
        }
    }

    @Override
    public void reject(String reason, String start) {
        sink.reject(reason, start);
    }

    /** What is wrong with a record; empty: nothing. */
    private String fault(byte[] bytes, int offset, int length) {
        CharBuffer text;
        try {
            text = decoder.decode(ByteBuffer.wrap(bytes, offset, length)); // Jackson takes bytes that are not UTF-8
        } catch (CharacterCodingException e) {
            return "is not UTF-8";
        }
        try (JsonParser json = JSON.createParser(text.array(), text.arrayOffset(), text.length())) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return "is not a JSON object";
            }
            int depth = 1;
            while (depth > 0) {
                JsonToken token = json.nextToken();
                if (token == null) {
                    return "is not JSON: it is cut off";
                }
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                boolean isText = token == JsonToken.VALUE_STRING || token == JsonToken.FIELD_NAME;
                if (isText && hasHalfACharacter(json.getText())) {
                    return "has half of a character in a text";
                }
            }
            return json.nextToken() == null ? "" : "has text after the end of the JSON object";
        } catch (JsonProcessingException e) {
            return "is not JSON: " + e.getOriginalMessage().replaceAll("\\s+", " ");
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
    }

    /** An escape that is half of a character, which no text in UTF-8 can hold. */
    private static boolean hasHalfACharacter(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return true;
            }
        }
        return false;
    }
}
