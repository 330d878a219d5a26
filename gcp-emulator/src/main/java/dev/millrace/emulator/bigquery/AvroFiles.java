package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.http.ApiException;
import dev.millrace.emulator.storage.StoredObject;
import java.io.EOFException;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * Avro with its logical types. The engine gets the rows as lines of JSON all of whose values are texts.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#avro_conversions">Avro
 *     conversions</a>
 */
final class AvroFiles implements SourceFiles {
    private static final JsonFactory JSON = new JsonFactory().setRootValueSeparator("\n");
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS'+00'", Locale.ROOT);

    /** Digits before and behind the point of NUMERIC. */
    private static final int NUMERIC_DIGITS = 29;

    private static final int NUMERIC_SCALE = 9;

    private final boolean logicalTypes;
    private @Nullable Path scratch;

    /** @param logicalTypes whether the load job wants them, as {@code useAvroLogicalTypes} says */
    AvroFiles(boolean logicalTypes) {
        this.logicalTypes = logicalTypes;
    }

    private static DataFileReader<GenericRecord> open(StoredObject object) throws IOException {
        return new DataFileReader<>(object.data().toFile(), new GenericDatumReader<>());
    }

    private static ApiException unreadable(StoredObject object, Exception e) {
        return Errors.invalid(
                "Error while reading data, error message: The Apache Avro library failed to read data with"
                        + " the following error: " + e.getMessage() + " File: " + object.name());
    }

    @Override
    public List<Field> columns(StoredObject object) {
        try (DataFileReader<GenericRecord> file = open(object)) {
            return fields(file.getSchema());
        } catch (IOException | AvroRuntimeException e) {
            throw unreadable(object, e);
        }
    }

    private List<Field> fields(Schema record) {
        return record.getFields().stream()
                .map(field -> field(field.name(), field.schema()))
                .toList();
    }

    private Field field(String name, Schema schema) {
        Schema one = single(name, schema);
        if (one.getType() == Schema.Type.ARRAY) {
            Field element = field(name, one.getElementType());
            if (element.isRepeated()) {
                throw Errors.invalid("Field " + name + " is an array of arrays, which BigQuery doesn't support");
            }
            return Field.of(name, element.type(), "REPEATED", element.fields());
        }
        return Field.of(
                name,
                type(name, one),
                schema.isUnion() ? "NULLABLE" : "REQUIRED",
                one.getType() == Schema.Type.RECORD ? fields(one) : List.of());
    }

    private static Schema single(String name, Schema schema) {
        if (!schema.isUnion()) {
            return schema;
        }
        List<Schema> others = schema.getTypes().stream()
                .filter(type -> type.getType() != Schema.Type.NULL)
                .toList();
        if (others.size() != 1 || others.size() == schema.getTypes().size()) {
            throw Errors.invalid("The emulator does not load the union of field " + name + ": " + schema);
        }
        return others.getFirst();
    }

    private String type(String name, Schema schema) {
        if (schema.getLogicalType() != null && !logicalTypes) {
            throw Errors.invalid("The emulator loads logical types of Avro, such as that of field " + name
                    + ", with useAvroLogicalTypes only");
        }
        String type = schema.getObjectProp("sqlType") != null
                ? null
                : switch (schema.getType()) {
                    case RECORD -> "RECORD";
                    case STRING -> schema.getLogicalType() == null ? "STRING" : null;
                    case BOOLEAN -> "BOOLEAN";
                    case DOUBLE -> "FLOAT";
                    case INT -> logical(schema, "INTEGER", LogicalTypes.Date.class, "DATE");
                    case LONG -> logical(schema, "INTEGER", LogicalTypes.TimestampMicros.class, "TIMESTAMP");
                    case BYTES -> logical(schema, "BYTES", LogicalTypes.Decimal.class, "NUMERIC");
                    default -> null;
                };
        if (type == null || (type.equals("NUMERIC") && !isNumeric((LogicalTypes.Decimal) schema.getLogicalType()))) {
            throw Errors.invalid("The emulator does not load the type of Avro of field " + name + ": " + schema);
        }
        return type;
    }

    private static @Nullable String logical(
            Schema schema, String raw, Class<? extends LogicalType> known, String type) {
        LogicalType logical = schema.getLogicalType();
        return logical == null ? raw : known.isInstance(logical) ? type : null;
    }

    /** See {@code decimalTargetTypes} in https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#jobconfigurationload. */
    private static boolean isNumeric(LogicalTypes.Decimal decimal) {
        return decimal.getScale() <= NUMERIC_SCALE && decimal.getPrecision() - decimal.getScale() <= NUMERIC_DIGITS;
    }

    @Override
    public String rows(List<StoredObject> objects, List<Field> schema) throws IOException {
        Path lines = Files.createTempFile("avro-", ".ndjson");
        scratch = lines;
        try (JsonGenerator json = JSON.createGenerator(lines.toFile(), JsonEncoding.UTF8)) {
            for (StoredObject object : objects) {
                copy(object, json);
            }
        }
        List<Field> texts = texts(schema);
        StringBuilder columns = new StringBuilder();
        StringBuilder values = new StringBuilder();
        for (int i = 0; i < schema.size(); i++) {
            Field field = schema.get(i);
            Field text = texts.get(i);
            String comma = i == 0 ? "" : ", ";
            String value = field.coerced(TableName.quote(text.name()), text, 0);
            columns.append(comma).append(quoted(text.name())).append(": ").append(quoted(text.engineType()));
            values.append(comma)
                    .append(field.isRepeated() ? "coalesce(" + value + ", [])" : value)
                    .append(" AS ")
                    .append(TableName.quote(field.name()));
        }
        return "SELECT " + values + " FROM read_json(" + quoted(lines.toString())
                + ", format = 'newline_delimited', columns = {" + columns + "})";
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    /** As the lines have them: names of fields don't differ by case, as little as those of columns. */
    private static List<Field> texts(List<Field> fields) {
        return fields.stream()
                .map(field -> Field.of(
                        field.name().toLowerCase(Locale.ROOT),
                        field.type().equals("RECORD") ? "RECORD" : "STRING",
                        field.mode(),
                        texts(field.fields())))
                .toList();
    }

    private static void copy(StoredObject object, JsonGenerator json) throws IOException {
        try (DataFileReader<GenericRecord> file = open(object)) {
            for (GenericRecord row : file) {
                write(file.getSchema(), row, json);
            }
            if (file.previousSync() != object.size()) { // the library takes a block that ends early for the end
                throw unreadable(object, new EOFException("the last block ends early"));
            }
        } catch (AvroRuntimeException e) {
            throw unreadable(object, e);
        }
    }

    private static void write(Schema schema, @Nullable Object value, JsonGenerator json) throws IOException {
        Schema one = single("", schema);
        switch (value) {
            case null -> json.writeNull();
            case GenericRecord record -> {
                json.writeStartObject();
                for (Schema.Field field : one.getFields()) {
                    json.writeFieldName(field.name().toLowerCase(Locale.ROOT));
                    write(field.schema(), record.get(field.pos()), json);
                }
                json.writeEndObject();
            }
            case Collection<?> elements -> {
                json.writeStartArray();
                for (Object element : elements) {
                    write(one.getElementType(), element, json);
                }
                json.writeEndArray();
            }
            default -> json.writeString(text(one, value));
        }
    }

    private static String text(Schema schema, Object value) {
        return switch (schema.getLogicalType()) {
            case LogicalTypes.Date _ -> LocalDate.ofEpochDay((Integer) value).toString();
            case LogicalTypes.TimestampMicros _ -> timestamp((Long) value);
            case LogicalTypes.Decimal decimal ->
                new BigDecimal(new BigInteger(bytes((ByteBuffer) value)), decimal.getScale()).toPlainString();
            case null, default -> value instanceof ByteBuffer buffer ? escaped(bytes(buffer)) : value.toString();
        };
    }

    private static String timestamp(long micros) {
        long second = TimeUnit.SECONDS.toMicros(1);
        return LocalDateTime.ofEpochSecond(
                        Math.floorDiv(micros, second),
                        Math.toIntExact(TimeUnit.MICROSECONDS.toNanos(Math.floorMod(micros, second))),
                        ZoneOffset.UTC)
                .format(MICROS);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    /** As the engine reads bytes in a text. */
    private static String escaped(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte one : bytes) {
            text.append(String.format(Locale.ROOT, "\\x%02X", one));
        }
        return text.toString();
    }

    @Override
    public void close() throws IOException {
        if (scratch != null) {
            Files.deleteIfExists(scratch);
        }
    }
}
