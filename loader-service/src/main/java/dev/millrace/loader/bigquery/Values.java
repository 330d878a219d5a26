package dev.millrace.loader.bigquery;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FieldList;
import com.google.cloud.bigquery.FieldValue;
import com.google.cloud.bigquery.FieldValueList;
import com.google.cloud.bigquery.StandardSQLTypeName;
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

/** Values of a query's answer as text. */
final class Values {
    private static final JsonFactory JSON = new JsonFactory();
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final long MICROS = 1_000_000;

    private Values() {}

    /** The name of the column's type; nested values are JSON. */
    static String type(Field field) {
        return isNested(field)
                ? Column.Type.JSON.name()
                : switch (field.getType().getStandardType()) {
                    case INT64 -> Column.Type.INTEGER.name();
                    case FLOAT64 -> Column.Type.FLOAT.name();
                    case BOOL -> Column.Type.BOOLEAN.name();
                    default -> field.getType().getStandardType().name(); // whatever types Google will add
                };
    }

    private static boolean isNested(Field field) {
        return field.getMode() == Field.Mode.REPEATED
                || field.getType().getStandardType() == StandardSQLTypeName.STRUCT;
    }

    static @Nullable String text(Field field, FieldValue value) {
        if (value.isNull()) {
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

    private static String single(Field field, FieldValue value) {
        return field.getType().getStandardType() == StandardSQLTypeName.TIMESTAMP
                ? timestamp(value.getTimestampValue())
                : value.getStringValue();
    }

    private static String timestamp(long micros) {
        String seconds = SECONDS.format(Instant.ofEpochSecond(Math.floorDiv(micros, MICROS)));
        long fraction = Math.floorMod(micros, MICROS);
        return seconds + (fraction == 0 ? "" : String.format(Locale.ROOT, ".%06d", fraction)) + "Z";
    }

    private static void write(JsonGenerator json, Field field, FieldValue value) throws IOException {
        if (field.getMode() != Field.Mode.REPEATED) {
            writeSingle(json, field, value);
            return;
        }
        json.writeStartArray();
        for (FieldValue element : value.getRepeatedValue()) {
            writeSingle(json, field, element);
        }
        json.writeEndArray();
    }

    private static void writeSingle(JsonGenerator json, Field field, FieldValue value) throws IOException {
        if (value.isNull()) {
            json.writeNull();
            return;
        }
        switch (field.getType().getStandardType()) {
            case STRUCT -> writeRecord(json, field.getSubFields(), value.getRecordValue());
            case INT64, NUMERIC, BIGNUMERIC -> json.writeNumber(value.getStringValue());
            case FLOAT64 -> writeDouble(json, value.getStringValue());
            case BOOL -> json.writeBoolean(value.getBooleanValue());
            case JSON -> json.writeRawValue(value.getStringValue());
            default -> json.writeString(single(field, value));
        }
    }

    private static void writeRecord(JsonGenerator json, FieldList fields, FieldValueList values) throws IOException {
        json.writeStartObject();
        for (int i = 0; i < fields.size(); i++) {
            json.writeFieldName(fields.get(i).getName());
            write(json, fields.get(i), values.get(i));
        }
        json.writeEndObject();
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
