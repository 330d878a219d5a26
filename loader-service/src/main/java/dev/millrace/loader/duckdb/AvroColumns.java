package dev.millrace.loader.duckdb;

import dev.millrace.pipeline.Column;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.sql.Array;
import java.sql.Blob;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Struct;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/**
 * Columns in Avro, in the types of BigQuery's own exports
 * (https://cloud.google.com/bigquery/docs/exporting-data#avro_export_details): what Avro has no type for is text, with
 * {@code sqlType} beside it.
 */
final class AvroColumns {
    /** Digits of an unlimited NUMERIC. */
    private static final int PRECISION = 38;

    private static final int SCALE = 9;

    private AvroColumns() {}

    static Schema schema(List<Column> columns) {
        return record("Root", columns);
    }

    private static Schema record(String name, List<Column> columns) {
        List<Schema.Field> fields = new ArrayList<>();
        for (Column column : columns) {
            Schema one = one(name, column);
            Schema type = switch (column.mode()) {
                case REQUIRED -> one;
                case NULLABLE -> Schema.createUnion(Schema.create(Schema.Type.NULL), one);
                case REPEATED -> Schema.createArray(one);
            };
            fields.add(new Schema.Field(column.name(), type));
        }
        return Schema.createRecord(name, null, null, false, fields);
    }

    /** @param path that makes the names of records different */
    private static Schema one(String path, Column column) {
        return switch (column.type()) {
            case INTEGER -> Schema.create(Schema.Type.LONG);
            case FLOAT -> Schema.create(Schema.Type.DOUBLE);
            case BOOLEAN -> Schema.create(Schema.Type.BOOLEAN);
            case STRING -> Schema.create(Schema.Type.STRING);
            case BYTES -> Schema.create(Schema.Type.BYTES);
            case DATE -> LogicalTypes.date().addToSchema(Schema.create(Schema.Type.INT));
            case TIME -> LogicalTypes.timeMicros().addToSchema(Schema.create(Schema.Type.LONG));
            case TIMESTAMP -> LogicalTypes.timestampMicros().addToSchema(Schema.create(Schema.Type.LONG));
            case DATETIME -> {
                Schema text = Schema.create(Schema.Type.STRING);
                text.addProp("logicalType", "datetime");
                yield text;
            }
            case NUMERIC, BIGNUMERIC -> {
                if (!isDecimal(column)) {
                    yield text(column);
                }
                yield LogicalTypes.decimal(precision(column), scale(column))
                        .addToSchema(Schema.create(Schema.Type.BYTES));
            }
            case GEOGRAPHY, JSON, INTERVAL -> text(column);
            case RECORD -> record(path + "_" + column.name(), column.fields());
        };
    }

    private static Schema text(Column column) {
        Schema text = Schema.create(Schema.Type.STRING);
        text.addProp("sqlType", column.type().name());
        return text;
    }

    /** As the engine keeps it. */
    private static boolean isDecimal(Column column) {
        return Types.of(column).startsWith("DECIMAL");
    }

    private static int precision(Column column) {
        return Objects.requireNonNullElse(column.precision(), PRECISION);
    }

    private static int scale(Column column) {
        return Objects.requireNonNullElse(column.scale(), SCALE);
    }

    /** SQL of a column's value in the form that {@link #value} takes. */
    static String sql(Column column) {
        return sql(Sql.name(column.name()), column, 0);
    }

    /** @param depth for names of variables that hide no others */
    private static String sql(String value, Column column, int depth) {
        if (column.mode() != Column.Mode.REPEATED) {
            return single(value, column, depth);
        }
        String element = "x" + depth;
        String inner = single(element, column, depth + 1);
        return inner.equals(element) ? value : "list_transform(" + value + ", lambda " + element + ": " + inner + ")";
    }

    private static String single(String value, Column column, int depth) {
        return switch (column.type()) {
            case INTEGER, NUMERIC, BIGNUMERIC, FLOAT, BOOLEAN, STRING, BYTES, GEOGRAPHY -> value;
            case DATE -> "(" + value + " - DATE '1970-01-01')";
            case TIME, TIMESTAMP -> "epoch_us(" + value + ")";
            case DATETIME -> "strftime(" + value + ", '%Y-%m-%dT%H:%M:%S.%f')";
            case JSON, INTERVAL -> "CAST(" + value + " AS VARCHAR)";
            case RECORD ->
                "CASE WHEN " + value + " IS NOT NULL THEN struct_pack("
                        + column.fields().stream()
                                .map(field -> Sql.name(field.name()) + " := "
                                        + sql(value + "." + Sql.name(field.name()), field, depth))
                                .collect(Collectors.joining(", "))
                        + ") END";
        };
    }

    /** What Avro has of a row, of which {@link #sql} has selected the columns. */
    static GenericRecord record(List<Column> columns, Schema schema, ResultSet row) throws SQLException {
        GenericRecord record = new GenericData.Record(schema);
        List<Schema.Field> fields = schema.getFields();
        for (int i = 0; i < columns.size(); i++) {
            record.put(i, value(columns.get(i), fields.get(i).schema(), row.getObject(i + 1)));
        }
        return record;
    }

    /**
     * What Avro has of a value of the engine. Nothing repeated is an empty array, as in BigQuery.
     *
     * @throws SQLException also for a NULL within something repeated, which BigQuery doesn't know
     */
    private static @Nullable Object value(Column column, Schema schema, @Nullable Object value) throws SQLException {
        if (column.mode() == Column.Mode.REPEATED) {
            List<@Nullable Object> elements = new ArrayList<>();
            if (value != null) {
                for (Object element : (Object[]) ((Array) value).getArray()) {
                    if (element == null) {
                        throw new SQLException(column.name() + " has a NULL among its repeated values");
                    }
                    elements.add(present(column, schema.getElementType(), element));
                }
            }
            return elements;
        }
        if (value == null) {
            return null;
        }
        return present(
                column,
                schema.getType() == Schema.Type.UNION ? schema.getTypes().get(1) : schema,
                value);
    }

    private static Object present(Column column, Schema schema, Object value) throws SQLException {
        return switch (column.type()) {
            case DATE -> Math.toIntExact((Long) value);
            case BYTES -> {
                Blob blob = (Blob) value;
                yield ByteBuffer.wrap(blob.getBytes(1, Math.toIntExact(blob.length())));
            }
            case NUMERIC, BIGNUMERIC ->
                value instanceof BigDecimal number
                        ? ByteBuffer.wrap(number.setScale(((LogicalTypes.Decimal) schema.getLogicalType()).getScale())
                                .unscaledValue()
                                .toByteArray())
                        : value.toString();
            case RECORD -> {
                GenericRecord record = new GenericData.Record(schema);
                Object[] attributes = ((Struct) value).getAttributes();
                for (int i = 0; i < attributes.length; i++) {
                    record.put(
                            i,
                            value(
                                    column.fields().get(i),
                                    schema.getFields().get(i).schema(),
                                    attributes[i]));
                }
                yield record;
            }
            case INTEGER, FLOAT, BOOLEAN, STRING, TIME, DATETIME, TIMESTAMP, INTERVAL, JSON, GEOGRAPHY -> value;
        };
    }

    /** The engine's type of a column that rows are read into, before {@link #restored} makes the table's value of it. */
    static String read(Column column) {
        if (isNested(column)) {
            return "JSON";
        }
        return switch (column.type()) {
            case INTEGER, DATE, TIME, TIMESTAMP -> "BIGINT";
            case FLOAT -> "DOUBLE";
            case BOOLEAN -> "BOOLEAN";
            case BYTES -> "BLOB";
            case NUMERIC, BIGNUMERIC -> Types.of(column);
            case STRING, GEOGRAPHY, DATETIME, INTERVAL, JSON, RECORD -> "VARCHAR";
        };
    }

    static boolean isNested(Column column) {
        return column.mode() == Column.Mode.REPEATED || column.type() == Column.Type.RECORD;
    }

    /** SQL that makes the table's value of what was read. */
    static String restored(Column column) {
        String value = Sql.name(column.name());
        return isNested(column)
                ? nested("from_json(" + value + ", " + Sql.text(structure(column)) + ")", column, 0)
                : scalar(value, column);
    }

    /** Of nested values all are texts, since the engine would read numbers within JSON as doubles. */
    private static String structure(Column column) {
        String one = column.type() == Column.Type.RECORD
                ? column.fields().stream()
                        .map(field -> "\"" + field.name() + "\":" + structure(field))
                        .collect(Collectors.joining(",", "{", "}"))
                : "\"VARCHAR\"";
        return column.mode() == Column.Mode.REPEATED ? "[" + one + "]" : one;
    }

    private static String nested(String value, Column column, int depth) {
        if (column.mode() != Column.Mode.REPEATED) {
            return nestedOne(value, column, depth);
        }
        String element = "x" + depth;
        return "list_transform(" + value + ", lambda " + element + ": " + nestedOne(element, column, depth + 1) + ")";
    }

    private static String nestedOne(String value, Column column, int depth) {
        return switch (column.type()) {
            case RECORD ->
                "CASE WHEN " + value + " IS NOT NULL THEN struct_pack("
                        + column.fields().stream()
                                .map(field -> Sql.name(field.name()) + " := "
                                        + nested(value + "." + Sql.name(field.name()), field, depth))
                                .collect(Collectors.joining(", "))
                        + ") END";
            case BYTES -> "from_hex(" + value + ")";
            case INTEGER, DATE, TIME, TIMESTAMP -> scalar("CAST(" + value + " AS BIGINT)", column);
            case FLOAT -> "CAST(" + value + " AS DOUBLE)";
            case BOOLEAN -> "CAST(" + value + " AS BOOLEAN)";
            case NUMERIC, BIGNUMERIC -> "CAST(" + value + " AS " + element(column) + ")";
            case STRING, GEOGRAPHY, DATETIME, INTERVAL, JSON -> scalar(value, column);
        };
    }

    private static String element(Column column) {
        String type = Types.of(column);
        return column.mode() == Column.Mode.REPEATED ? type.substring(0, type.length() - 2) : type;
    }

    private static String scalar(String value, Column column) {
        return switch (column.type()) {
            case INTEGER, NUMERIC, BIGNUMERIC, FLOAT, BOOLEAN, STRING, BYTES, GEOGRAPHY -> value;
            case DATE -> "DATE '1970-01-01' + CAST(" + value + " AS INTEGER)";
            case TIME -> "TIME '00:00:00' + to_microseconds(" + value + ")";
            case TIMESTAMP -> "make_timestamptz(" + value + ")";
            case DATETIME -> "strptime(" + value + ", '%Y-%m-%dT%H:%M:%S.%f')";
            case JSON -> "CAST(" + value + " AS JSON)";
            case INTERVAL -> "CAST(" + value + " AS INTERVAL)";
            case RECORD -> throw new IllegalStateException("a RECORD is nested");
        };
    }
}
