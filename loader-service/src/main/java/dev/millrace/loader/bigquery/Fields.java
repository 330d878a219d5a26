package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FieldList;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Excess;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.StagedType;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Columns as the client library describes them. */
final class Fields {
    private Fields() {}

    /** Of the table. */
    static Schema of(List<Column> columns) {
        return Schema.of(columns.stream().map(Fields::of).toList());
    }

    /** Of the stage table: nothing is required there, since nothing is in Parquet. */
    static Schema staged(List<Column> columns) {
        List<Field> fields =
                new ArrayList<>(columns.stream().map(Fields::staged).toList());
        fields.add(Field.of(Manifest.POSITION, StandardSQLTypeName.INT64));
        return Schema.of(fields);
    }

    private static Field of(Column column) {
        Field.Builder field = column.type() == Column.Type.RECORD
                ? Field.newBuilder(
                        column.name(),
                        StandardSQLTypeName.STRUCT,
                        FieldList.of(column.fields().stream().map(Fields::of).toList()))
                : Field.newBuilder(column.name(), type(column.type()));
        if (column.precision() != null && column.scale() != null) {
            field.setPrecision((long) column.precision()).setScale((long) column.scale());
        }
        if (column.description() != null) {
            field.setDescription(column.description());
        }
        return field.setMode(mode(column.mode())).build();
    }

    private static Field staged(Column column) {
        Field.Builder field = switch (StagedType.of(column.type())) {
            case INT64, DECIMAL, DOUBLE, BOOL, STRING, BYTES, DATE, TIMESTAMP ->
                Field.newBuilder(column.name(), type(column.type()));
            case LITERAL -> Field.newBuilder(column.name(), StandardSQLTypeName.STRING);
            case STRUCT ->
                Field.newBuilder(
                        column.name(),
                        StandardSQLTypeName.STRUCT,
                        FieldList.of(
                                column.fields().stream().map(Fields::staged).toList()));
        };
        return field.setMode(column.mode() == Column.Mode.REPEATED ? Field.Mode.REPEATED : Field.Mode.NULLABLE)
                .build();
    }

    /**
     * The columns of a table for what a query selects; none of them is required.
     *
     * @throws MillraceException with {@code QUERY_FAILED} for a type or name that no column can have
     */
    static List<Column> selected(FieldList fields) {
        return fields.stream().map(Fields::selected).toList();
    }

    private static Column selected(Field field) {
        try {
            return FileRules.checked(new Column(
                    field.getName(),
                    type(field),
                    field.getMode() == Field.Mode.REPEATED ? Column.Mode.REPEATED : Column.Mode.NULLABLE,
                    null,
                    null,
                    List.of(),
                    null,
                    null,
                    ZoneOffset.UTC,
                    null,
                    Column.OnError.REJECT,
                    Excess.REJECT,
                    false,
                    null,
                    null,
                    field.getSubFields() == null ? List.of() : selected(field.getSubFields()),
                    null,
                    null,
                    null,
                    false));
        } catch (InvalidValue e) {
            throw new MillraceException(
                    ErrorCode.QUERY_FAILED,
                    "column " + field.getName() + " can't be one of a table: " + e.getMessage(),
                    e);
        }
    }

    private static Column.Type type(Field field) {
        StandardSQLTypeName name = field.getType().getStandardType();
        return Arrays.stream(Column.Type.values())
                .filter(type -> type(type) == name)
                .findFirst()
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.QUERY_FAILED,
                        "column " + field.getName() + " is a " + name + " (expected: another type, so cast it)"));
    }

    static StandardSQLTypeName type(Column.Type type) {
        return switch (type) {
            case INTEGER -> StandardSQLTypeName.INT64;
            case FLOAT -> StandardSQLTypeName.FLOAT64;
            case BOOLEAN -> StandardSQLTypeName.BOOL;
            case RECORD -> StandardSQLTypeName.STRUCT;
            case NUMERIC, BIGNUMERIC, STRING, BYTES, DATE, TIME, DATETIME, TIMESTAMP, INTERVAL, JSON, GEOGRAPHY ->
                StandardSQLTypeName.valueOf(type.name());
        };
    }

    static Field.Mode mode(Column.Mode mode) {
        return Field.Mode.valueOf(mode.name());
    }
}
