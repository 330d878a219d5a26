package dev.millrace.transformer;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/** The values of a row as texts, as a query of the warehouse has them once they are loaded. */
final class RowText {
    private RowText() {}

    /**
     * Without what isn't in the table.
     *
     * @param row a value of each column, as the engine would get it; null for NULL
     */
    static List<@Nullable String> of(List<ColumnReader> columns, Object[] row) {
        List<@Nullable String> texts = new ArrayList<>(row.length);
        for (int i = 0; i < row.length; i++) {
            Object value = row[i];
            if (!columns.get(i).column().helper()) {
                texts.add(value == null ? null : text(columns.get(i).parser(), value));
            }
        }
        return texts;
    }

    private static String text(ValueParser parser, Object value) {
        return switch (parser) {
            case ScalarParser.TimeParser time
            when value instanceof Long count ->
                switch (time.column().type()) {
                    case DATE -> LocalDate.ofEpochDay(count).toString();
                    case TIMESTAMP -> fraction(TimeText.dateTime(count)) + "Z";
                    case TIME, DATETIME -> throw new IllegalArgumentException("a number as " + time.type());
                };
            case ScalarParser.TimeParser _ -> fraction((String) value);
            case NestedParser.DocumentParser document -> document(document.content(), plain(value));
            case ScalarParser _,
                    NestedParser _,
                    ValueParser.JsonParser _,
                    ValueParser.JsonTextParser _,
                    ValueParser.GeographyParser _ -> plain(value);
        };
    }

    /** A query leaves out a fraction of a second that is zero. */
    private static String fraction(String time) {
        return time.replaceFirst("[.]000000(?=Z?$)", "");
    }

    private static String plain(Object value) {
        return switch (value) {
            case byte[] utf8 -> new String(utf8, StandardCharsets.UTF_8);
            case BigDecimal decimal ->
                decimal.signum() == 0 ? "0" : decimal.stripTrailingZeros().toPlainString();
            case Object other -> other.toString();
        };
    }

    /** A record or array, in which numbers travel as texts and bytes as the engine escapes them. */
    private static String document(ValueParser content, String travelled) {
        StringWriter text = new StringWriter();
        try (JsonParser json = StrictJson.FACTORY.createParser(travelled);
                JsonGenerator out = StrictJson.FACTORY.createGenerator(text)) {
            JsonToken _ = json.nextToken();
            copy(content, json, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
        return text.toString();
    }

    /** The value at which the parser stands. */
    private static void copy(ValueParser type, JsonParser json, JsonGenerator out) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_NULL) {
            out.writeNull();
            return;
        }
        switch (type) {
            case NestedParser.StructParser struct -> {
                out.writeStartObject();
                for (ColumnReader field : struct.fields()) {
                    JsonToken _ = json.nextToken(); // its name
                    out.writeFieldName(field.column().name());
                    JsonToken _ = json.nextToken();
                    copy(field.parser(), json, out);
                }
                JsonToken _ = json.nextToken();
                out.writeEndObject();
            }
            case NestedParser.ArrayParser array -> {
                out.writeStartArray();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    copy(array.element(), json, out);
                }
                out.writeEndArray();
            }
            case NestedParser.DocumentParser document -> copy(document.content(), json, out);
            case NumberParser.NumericParser _, NumberParser.BigNumericParser _ ->
                out.writeRawValue(plain(new BigDecimal(json.getText())));
            case NumberParser _ -> out.writeRawValue(json.getText());
            case ValueParser.JsonParser _, ValueParser.JsonTextParser _ -> out.writeRawValue(json.getText());
            case ScalarParser.BooleanParser _ -> out.writeBoolean(json.getBooleanValue());
            case ScalarParser.BytesParser _ ->
                out.writeString(Base64.getEncoder()
                        .encodeToString(HexFormat.of().parseHex(json.getText().replace("\\x", ""))));
            case ScalarParser.TimeParser _ -> out.writeString(fraction(json.getText()));
            case ScalarParser.TextParser _, ScalarParser.IntervalParser _, ValueParser.GeographyParser _ ->
                out.writeString(json.getText());
        }
    }
}
