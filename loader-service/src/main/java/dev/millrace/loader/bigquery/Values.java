package dev.millrace.loader.bigquery;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.api.client.util.Data;
import com.google.api.services.bigquery.model.TableFieldSchema;
import com.google.cloud.bigquery.Field;
import dev.millrace.pipeline.Column;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Values of a query's answer as text.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/list">How values are written</a>
 */
final class Values {
    private static final JsonFactory JSON = new JsonFactory();
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final long MICROS = 1_000_000;

    private Values() {}

    /** The name of the column's type; nested values are JSON. */
    static String type(TableFieldSchema field) {
        return isNested(field) ? Column.Type.JSON.name() : field.getType();
    }

    private static boolean isNested(TableFieldSchema field) {
        return isRepeated(field) || isRecord(field);
    }

    private static boolean isRepeated(TableFieldSchema field) {
        return Field.Mode.REPEATED.name().equals(field.getMode());
    }

    private static boolean isRecord(TableFieldSchema field) {
        return field.getType().equals("RECORD") || field.getType().equals("STRUCT");
    }

    /** @param cell what is in it: null, a text, a list of cells or a row */
    static @Nullable String text(TableFieldSchema field, @Nullable Object cell) {
        Object value = known(cell);
        if (value == null) {
            return null;
        }
        if (!isNested(field)) {
            return single(field, value);
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            write(json, field, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a text takes everything
        }
        return text.toString();
    }

    private static String single(TableFieldSchema field, Object value) {
        return field.getType().equals("TIMESTAMP") ? timestamp(Long.parseLong(value.toString())) : value.toString();
    }

    private static String timestamp(long micros) {
        String seconds = SECONDS.format(Instant.ofEpochSecond(Math.floorDiv(micros, MICROS)));
        long fraction = Math.floorMod(micros, MICROS);
        return seconds + (fraction == 0 ? "" : String.format(Locale.ROOT, ".%06d", fraction)) + "Z";
    }

    /** What is repeated is never NULL. */
    private static void write(JsonGenerator json, TableFieldSchema field, @Nullable Object value) throws IOException {
        if (!isRepeated(field)) {
            writeSingle(json, field, value);
            return;
        }
        json.writeStartArray();
        for (Object element : value instanceof List<?> elements ? elements : List.of()) {
            writeSingle(json, field, in(element));
        }
        json.writeEndArray();
    }

    private static void writeSingle(JsonGenerator json, TableFieldSchema field, @Nullable Object value)
            throws IOException {
        if (value == null) {
            json.writeNull();
            return;
        }
        switch (field.getType()) {
            case "RECORD", "STRUCT" -> writeRecord(json, field.getFields(), value);
            case "INTEGER", "INT64", "NUMERIC", "BIGNUMERIC" -> json.writeNumber(value.toString());
            case "FLOAT", "FLOAT64" -> writeDouble(json, value.toString());
            case "BOOLEAN", "BOOL" -> json.writeBoolean(Boolean.parseBoolean(value.toString()));
            case "JSON" -> json.writeRawValue(value.toString());
            default -> json.writeString(single(field, value));
        }
    }

    private static void writeRecord(JsonGenerator json, List<TableFieldSchema> fields, Object row) throws IOException {
        List<?> cells = (List<?>) requireNonNull(((Map<?, ?>) row).get("f"));
        json.writeStartObject();
        for (int i = 0; i < fields.size(); i++) {
            json.writeFieldName(fields.get(i).getName());
            write(json, fields.get(i), in(cells.get(i)));
        }
        json.writeEndObject();
    }

    private static @Nullable Object in(Object cell) {
        return known(((Map<?, ?>) cell).get("v"));
    }

    /** The API's library has an object of its own for each type's null. */
    private static @Nullable Object known(@Nullable Object value) {
        return value == null || Data.isNull(value) ? null : value;
    }

    /** JSON has no number for what isn't finite. */
    private static void writeDouble(JsonGenerator json, String number) throws IOException {
        if (List.of("NaN", "Infinity", "-Infinity", "inf", "-inf").contains(number)) {
            json.writeString(number);
        } else {
            json.writeNumber(number);
        }
    }
}
