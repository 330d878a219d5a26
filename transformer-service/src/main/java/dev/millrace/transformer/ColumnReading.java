package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * How the field of one column becomes the column's value: read as the type, or the default, or NULL. Immutable, for use
 * by several threads.
 */
final class ColumnReading {
    private final int number;
    private final Column column;
    private final Reading reading;
    private final @Nullable Object substitute;
    private final List<ColumnReading> fields;

    private ColumnReading(int number, Column column, Reading reading, @Nullable Object substitute) {
        this.number = number;
        this.column = column;
        this.reading = reading;
        this.substitute = substitute;
        this.fields = fields(reading);
    }

    /**
     * Of the columns of a schema.
     *
     * @param paths takes the paths of all columns, those within records included; a column's number is its place there
     * @param rules of the warehouse
     * @param texts whether all values are texts, so that JSON can only be one
     * @throws MillraceException with {@code PIPELINE_INVALID} when a format or a default doesn't fit its column
     */
    static List<ColumnReading> of(List<Column> schema, List<String> paths, Rules rules, boolean texts) {
        return of(schema, "", paths, rules, false, texts);
    }

    /** @param nested whether the columns are within a record */
    static List<ColumnReading> of(
            List<Column> columns, String prefix, List<String> paths, Rules rules, boolean nested, boolean texts) {
        List<ColumnReading> readings = new ArrayList<>();
        for (Column column : columns) {
            int number = paths.size();
            String path = prefix + column.name();
            paths.add(path);
            try {
                Reading reading = Reading.of(column, path + ".", paths, rules, nested, texts);
                readings.add(new ColumnReading(number, column, reading, substitute(column, reading)));
            } catch (IllegalArgumentException e) {
                throw new MillraceException(ErrorCode.PIPELINE_INVALID, "column " + path + ": " + e.getMessage(), e);
            }
        }
        return List.copyOf(readings);
    }

    private static @Nullable Object substitute(Column column, Reading reading) {
        String text = column.defaultValue();
        if (text == null) {
            return reading.nothing();
        }
        try {
            if (reading instanceof Reading.Json) {
                RecordScanner.checkJson(text.getBytes(StandardCharsets.UTF_8));
            }
            return reading.read(new Field(Field.Kind.TEXT, text), new Changes());
        } catch (Misfit e) {
            throw new IllegalArgumentException("default '" + text + "' " + e.reason(), e);
        }
    }

    /** Those of a RECORD; empty for every other column. */
    private static List<ColumnReading> fields(Reading reading) {
        return switch (reading) {
            case Reading.Struct struct -> struct.fields();
            case Reading.Repeated repeated -> fields(repeated.element());
            case Reading.Document document -> fields(document.content());
            case Reading.Scalar _, Reading.Json _, Reading.JsonText _, Reading.Geography _ -> List.of();
        };
    }

    /** Among all columns, those within records included. */
    int number() {
        return number;
    }

    /** The columns within a RECORD, or within each of an array of them; empty for every other column. */
    List<ColumnReading> fields() {
        return fields;
    }

    Column column() {
        return column;
    }

    Reading reading() {
        return reading;
    }

    /** What the reading appends; null for NULL. */
    @Nullable
    Object value(Field field, Changes changes) throws Misfit {
        int mark = changes.mark();
        try {
            return accepted(field, changes);
        } catch (Misfit e) {
            changes.forgetSince(mark);
            return refused(e.at("", field), changes);
        }
    }

    /** What stands in for a value that there can't be, as the column says. */
    @Nullable
    Object refused(Misfit misfit, Changes changes) throws Misfit {
        if (column.onError() == Column.OnError.REJECT) {
            throw misfit;
        }
        String where = misfit.path().isEmpty() ? "" : "has at " + misfit.path() + " what ";
        changes.note(number, Changes.Kind.NULLED, where + misfit.reason());
        return reading.nothing();
    }

    private @Nullable Object accepted(Field field, Changes changes) throws Misfit {
        if (field.kind() == Field.Kind.BLOCKED) {
            throw new Misfit("can't be reached: " + column.path() + " leads through a value that is no object");
        }
        if (!field.isNothing()) {
            return reading.read(field, changes);
        }
        return switch (column.mode()) {
            case NULLABLE -> substitute;
            case REQUIRED -> {
                if (substitute == null) {
                    throw new Misfit("is REQUIRED, and " + (field.kind() == Field.Kind.NULL ? "null" : "missing"));
                }
                yield substitute;
            }
            case REPEATED -> {
                changes.note(number, Changes.Kind.EMPTIED, "");
                yield substitute;
            }
        };
    }
}
