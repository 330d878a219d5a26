package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * Rows as records of Avro.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/exporting-data#avro_export_details">Avro export details</a>
 */
final class AvroRows {
    private static final int PRECISION = 38;
    private static final int SCALE = 9;

    private final List<Field> fields;
    private final Schema schema;

    /** @param logicalTypes whether DATE is one; TIMESTAMP always is */
    AvroRows(List<Field> fields, boolean logicalTypes) {
        this.fields = fields;
        this.schema = record("Root", fields, logicalTypes);
    }

    Schema schema() {
        return schema;
    }

    private static Schema record(String name, List<Field> fields, boolean logicalTypes) {
        return Schema.createRecord(
                name,
                null,
                null,
                false,
                fields.stream()
                        .map(field -> {
                            Schema one = single(name, field, logicalTypes);
                            return new Schema.Field(
                                    field.name(),
                                    switch (field.mode()) {
                                        case "REPEATED" -> Schema.createArray(one);
                                        case "REQUIRED" -> one;
                                        default -> Schema.createUnion(Schema.create(Schema.Type.NULL), one);
                                    });
                        })
                        .toList());
    }

    private static Schema single(String path, Field field, boolean logicalTypes) {
        return switch (field.type()) {
            case "INTEGER" -> Schema.create(Schema.Type.LONG);
            case "FLOAT" -> Schema.create(Schema.Type.DOUBLE);
            case "BOOLEAN" -> Schema.create(Schema.Type.BOOLEAN);
            case "STRING" -> Schema.create(Schema.Type.STRING);
            case "BYTES" -> Schema.create(Schema.Type.BYTES);
            case "DATE" ->
                logicalTypes
                        ? LogicalTypes.date().addToSchema(Schema.create(Schema.Type.INT))
                        : Schema.create(Schema.Type.STRING);
            case "TIMESTAMP" -> LogicalTypes.timestampMicros().addToSchema(Schema.create(Schema.Type.LONG));
            case "NUMERIC" ->
                LogicalTypes.decimal(
                                field.resource().path("precision").asInt(PRECISION),
                                field.resource()
                                        .path("scale")
                                        .asInt(field.resource().has("precision") ? 0 : SCALE))
                        .addToSchema(Schema.create(Schema.Type.BYTES));
            case "RECORD" -> record(path + "_" + field.name(), field.fields(), logicalTypes);
            default -> throw Errors.invalid("The emulator does not export " + field.type() + " as AVRO");
        };
    }

    /** @param row as {@link Cells#query} makes it */
    GenericRecord of(JsonNode row) {
        return record(row, fields, schema);
    }

    private static GenericRecord record(JsonNode row, List<Field> fields, Schema schema) {
        GenericRecord record = new GenericData.Record(schema);
        for (int i = 0; i < fields.size(); i++) {
            Field field = fields.get(i);
            JsonNode value = row.path("f" + i);
            Schema type = schema.getFields().get(i).schema();
            if (field.isRepeated()) {
                List<Object> elements = new ArrayList<>();
                value.forEach(element -> elements.add(single(element, field, type.getElementType())));
                record.put(i, elements);
            } else {
                record.put(i, nullable(value, field, type));
            }
        }
        return record;
    }

    private static @Nullable Object nullable(JsonNode value, Field field, Schema type) {
        return value.isNull() || value.isMissingNode()
                ? null
                : single(value, field, type.isUnion() ? type.getTypes().get(1) : type);
    }

    private static Object single(JsonNode value, Field field, Schema type) {
        if (type.getType() == Schema.Type.RECORD) {
            return record(value, field.fields(), type);
        }
        String text = value.asText();
        return switch (type.getType()) {
            case LONG -> Long.parseLong(text);
            case INT -> Math.toIntExact(LocalDate.parse(text).toEpochDay());
            case DOUBLE -> Double.parseDouble(Cells.floating(text));
            case BOOLEAN -> Boolean.parseBoolean(text);
            case BYTES ->
                ByteBuffer.wrap(
                        type.getLogicalType() instanceof LogicalTypes.Decimal decimal
                                ? new BigDecimal(text)
                                        .setScale(decimal.getScale())
                                        .unscaledValue()
                                        .toByteArray()
                                : Base64.getDecoder().decode(text));
            default -> text;
        };
    }
}
