package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The reader of one column's field, which becomes the column's value: read as the type, or the default, or NULL.
 * Immutable, for use by several threads.
 */
final class ColumnReader {
    private final int number;
    private final Column column;
    private final ValueParser parser;
    private final @Nullable Object substitute;

    private ColumnReader(int number, Column column, ValueParser parser, @Nullable Object substitute) {
        this.number = number;
        this.column = column;
        this.parser = parser;
        this.substitute = substitute;
    }

    /**
     * Of the columns of a schema.
     *
     * @param paths takes the paths of all columns, those within records included; a column's number is its place there
     * @param rules of the warehouse
     * @throws MillraceException with {@code PIPELINE_INVALID} when a format or a default doesn't fit its column
     */
    static List<ColumnReader> of(List<Column> schema, List<String> paths, Rules rules) {
        return of(schema, "", paths, rules, false);
    }

    /** @param nested whether the columns are within a record */
    static List<ColumnReader> of(List<Column> columns, String prefix, List<String> paths, Rules rules, boolean nested) {
        List<ColumnReader> readers = new ArrayList<>();
        for (Column column : columns) {
            int number = paths.size();
            String path = prefix + column.name();
            paths.add(path);
            try {
                ValueParser parser = ValueParser.of(column, path + ".", paths, rules, nested);
                readers.add(new ColumnReader(number, column, parser, substitute(column, parser)));
            } catch (IllegalArgumentException e) {
                throw new MillraceException(ErrorCode.PIPELINE_INVALID, "column " + path + ": " + e.getMessage(), e);
            }
        }
        return List.copyOf(readers);
    }

    private static @Nullable Object substitute(Column column, ValueParser parser) {
        String text = column.defaultValue();
        if (text == null) {
            return parser.nothing();
        }
        try {
            if (parser instanceof ValueParser.JsonParser) {
                checkJson(text);
            }
            return parser.read(new Field(Field.Kind.TEXT, text), new ConversionWarnings());
        } catch (InvalidFieldValue e) {
            throw new IllegalArgumentException("default '" + text + "' " + e.reason(), e);
        }
    }

    private static void checkJson(String text) throws InvalidFieldValue {
        byte[] record = ("{\"default\":" + text + "}").getBytes(StandardCharsets.UTF_8);
        Field[] _ = new RecordScanner(FieldTree.of(List.of())).scan(record, 0, record.length);
    }

    Column column() {
        return column;
    }

    ValueParser parser() {
        return parser;
    }

    /** What the reader appends; null for NULL. */
    @Nullable
    Object value(Field field, ConversionWarnings changes) throws InvalidFieldValue {
        int mark = changes.mark();
        try {
            return accepted(field, changes);
        } catch (InvalidFieldValue e) {
            changes.forgetSince(mark);
            return refused(e.at("", field), changes);
        }
    }

    /** What stands in for a value that there can't be, as the column says. */
    @Nullable
    Object refused(InvalidFieldValue invalid, ConversionWarnings changes) throws InvalidFieldValue {
        if (column.onError() == Column.OnError.REJECT) {
            throw invalid;
        }
        String where = invalid.path().isEmpty() ? "" : "has at " + invalid.path() + " what ";
        changes.note(number, ConversionWarnings.Kind.NULLED, where + invalid.reason());
        return parser.nothing();
    }

    private @Nullable Object accepted(Field field, ConversionWarnings changes) throws InvalidFieldValue {
        if (field.kind() == Field.Kind.BLOCKED) {
            throw new InvalidFieldValue("can't be reached: " + column.path() + " leads through a value that "
                    + (column.path().contains("[") ? "has no such part" : "is no object"));
        }
        if (!field.isNothing()) {
            return parser.read(field, changes);
        }
        return switch (column.mode()) {
            case NULLABLE -> substitute;
            case REQUIRED -> {
                if (substitute == null) {
                    throw new InvalidFieldValue(
                            "is REQUIRED, and " + (field.kind() == Field.Kind.NULL ? "null" : "missing"));
                }
                yield substitute;
            }
            case REPEATED -> {
                changes.note(number, ConversionWarnings.Kind.EMPTIED, "");
                yield substitute;
            }
        };
    }
}
