package dev.millrace.transformer;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.millrace.transformer.engine.RowBuffers;
import dev.millrace.transformer.json.StrictJson;
import dev.millrace.transformer.value.ColumnReader;
import dev.millrace.transformer.value.NestedParser;
import dev.millrace.transformer.value.NumberParser;
import dev.millrace.transformer.value.ScalarParser;
import dev.millrace.transformer.value.TimeText;
import dev.millrace.transformer.value.ValueParser;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** The values of a row as texts, as a query of the warehouse has them once they are loaded. */
final class RowText {
    private RowText() {}

    /**
     * Without what isn't in the table.
     *
     * @param row its place among the rows
     */
    static List<@Nullable String> of(List<ColumnReader> columns, RowBuffers rows, int row) {
        List<@Nullable String> texts = new ArrayList<>(columns.size());
        for (int i = 0; i < columns.size(); i++) {
            if (!columns.get(i).column().helper()) {
                Object value = rows.column(i).value(row);
                texts.add(value == null ? null : text(columns.get(i).parser(), value));
            }
        }
        return texts;
    }

    private static String text(ValueParser parser, Object value) {
        return switch (parser) {
            case NestedParser _ -> document(parser, value);
            case ScalarParser.BytesParser _ -> Base64.getEncoder().encodeToString((byte[]) value);
            case ScalarParser.TimeParser time -> time(time, value);
            case ScalarParser _,
                    ValueParser.JsonParser _,
                    ValueParser.JsonTextParser _,
                    ValueParser.GeographyParser _ -> plain(value);
        };
    }

    private static String time(ScalarParser.TimeParser parser, Object value) {
        return switch (parser.column().type()) {
            case DATE -> LocalDate.ofEpochDay((long) value).toString();
            case TIMESTAMP -> fraction(TimeText.dateTime((long) value)) + "Z";
            case TIME, DATETIME -> fraction(plain(value));
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

    private static String document(ValueParser parser, Object value) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = StrictJson.FACTORY.createGenerator(text)) {
            write(parser, value, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
        return text.toString();
    }

    private static void write(ValueParser parser, @Nullable Object value, JsonGenerator out) throws IOException {
        if (value == null) {
            out.writeNull();
            return;
        }
        switch (parser) {
            case NestedParser.StructParser struct -> {
                out.writeStartObject();
                for (int i = 0; i < struct.fields().size(); i++) {
                    ColumnReader field = struct.fields().get(i);
                    out.writeFieldName(field.column().name());
                    write(field.parser(), ((List<?>) value).get(i), out);
                }
                out.writeEndObject();
            }
            case NestedParser.ArrayParser array -> {
                out.writeStartArray();
                for (Object one : (List<?>) value) {
                    write(array.element(), one, out);
                }
                out.writeEndArray();
            }
            case NumberParser _, ValueParser.JsonParser _, ValueParser.JsonTextParser _ ->
                out.writeRawValue(text(parser, value));
            case ScalarParser.BooleanParser _ -> out.writeBoolean((boolean) value);
            case ScalarParser _, ValueParser.GeographyParser _ -> out.writeString(text(parser, value));
        }
    }
}
