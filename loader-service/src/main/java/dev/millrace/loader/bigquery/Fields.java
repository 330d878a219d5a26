package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FieldList;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import dev.millrace.loader.Widening;
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
import java.util.Optional;

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

    /** Of a stage table for a backup's rows, which have no position. */
    static Schema restored(List<Column> columns) {
        return Schema.of(columns.stream().map(Fields::staged).toList());
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

    /** The field of a table with those fields of a record that it lacks; nothing is required that is new. */
    static Field completed(Field present, Column column) {
        FieldList subFields = present.getSubFields();
        if (subFields == null) {
            return present;
        }
        List<Field> fields = new ArrayList<>();
        for (Field field : subFields) {
            fields.add(Widening.field(column, field.getName())
                    .map(wanted -> completed(field, wanted))
                    .orElse(field));
        }
        for (Column wanted : column.fields()) {
            if (subFields.stream().noneMatch(field -> field.getName().equalsIgnoreCase(wanted.name()))) {
                Field added = of(wanted);
                fields.add(
                        added.getMode() == Field.Mode.REQUIRED
                                ? added.toBuilder().setMode(Field.Mode.NULLABLE).build()
                                : added);
            }
        }
        return present.toBuilder()
                .setType(StandardSQLTypeName.STRUCT, FieldList.of(fields))
                .build();
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

    /**
     * The columns of a table that is there.
     *
     * @throws MillraceException with {@code TABLE_MISMATCH} for one that no load can have
     */
    static List<Column> present(FieldList fields) {
        return fields.stream().map(Fields::present).toList();
    }

    private static Column present(Field field) {
        Column.Type type = typeOf(field)
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.TABLE_MISMATCH,
                        "column " + field.getName() + " is a "
                                + field.getType().getStandardType()
                                + " in the table (expected: another type)"));
        Column.Mode mode = field.getMode() == null
                ? Column.Mode.NULLABLE
                : Column.Mode.valueOf(field.getMode().name());
        Long precision = field.getPrecision();
        if (precision != null && (type == Column.Type.NUMERIC || type == Column.Type.BIGNUMERIC)) {
            Long scale = field.getScale();
            return Widening.limited(
                            field.getName(), Math.toIntExact(precision), scale == null ? 0 : Math.toIntExact(scale))
                    .found(null, type, List.of());
        }
        return Column.plain(
                field.getName(), type, mode, field.getSubFields() == null ? List.of() : present(field.getSubFields()));
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
        return typeOf(field)
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.QUERY_FAILED,
                        "column " + field.getName() + " is a "
                                + field.getType().getStandardType()
                                + " (expected: another type, so cast it)"));
    }

    private static Optional<Column.Type> typeOf(Field field) {
        StandardSQLTypeName name = field.getType().getStandardType();
        return Arrays.stream(Column.Type.values())
                .filter(type -> type(type) == name)
                .findFirst();
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
