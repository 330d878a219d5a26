package dev.millrace.transformer.value;

import dev.millrace.pipeline.Column;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.transformer.json.Field;
import dev.millrace.transformer.json.InvalidFieldValue;
import dev.millrace.transformer.json.RecordScanner;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The reader of one column's field, which becomes the column's value: read as the type, or the default, or NULL.
 * Immutable, for use by several threads.
 */
public final class ColumnReader {
    private final int number;
    private final Column column;
    private final ValueParser parser;
    private final @Nullable Object substitute;
    private final @Nullable SourceTexts written;
    private final List<ColumnReader> fields;

    private ColumnReader(
            int number, Column column, ValueParser parser, @Nullable Object substitute, @Nullable SourceTexts written) {
        this.number = number;
        this.column = column;
        this.parser = parser;
        this.substitute = substitute;
        this.written = written;
        this.fields = fields(parser);
    }

    /**
     * Of the columns of a schema.
     *
     * @param paths takes the paths of all columns, those within records included; a column's number is its place there
     * @param json the check for what of it the warehouse can hold
     * @param texts whether all values are texts, so that JSON can only be one
     * @throws MillraceException with {@code PIPELINE_INVALID} when a format or a default doesn't fit its column
     */
    public static List<ColumnReader> of(List<Column> schema, List<String> paths, WarehouseJson json, boolean texts) {
        return of(schema, "", paths, json, texts);
    }

    public static List<ColumnReader> of(
            List<Column> columns, String prefix, List<String> paths, WarehouseJson json, boolean texts) {
        List<ColumnReader> readers = new ArrayList<>();
        for (Column column : columns) {
            int number = paths.size();
            String path = prefix + column.name();
            paths.add(path);
            try {
                ValueParser parser = ValueParser.of(column, path + ".", paths, json, texts);
                SourceTexts written = column.mode() == Column.Mode.REPEATED
                        ? SourceTexts.ofArray(column)
                        : SourceTexts.ofValues(column, texts);
                readers.add(new ColumnReader(number, column, parser, substitute(column, parser), written));
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
                RecordScanner.checkJson(text.getBytes(StandardCharsets.UTF_8));
            }
            return parser.read(new Field(Field.Kind.TEXT, text), new ConversionWarnings());
        } catch (InvalidFieldValue e) {
            throw new IllegalArgumentException("default '" + text + "' " + e.reason(), e);
        }
    }

    /** Those of a RECORD; empty for every other column. */
    private static List<ColumnReader> fields(ValueParser parser) {
        return switch (parser) {
            case NestedParser.StructParser struct -> struct.fields();
            case NestedParser.ArrayParser repeated -> fields(repeated.element());
            case ScalarParser _,
                    ValueParser.JsonParser _,
                    ValueParser.JsonTextParser _,
                    ValueParser.GeographyParser _ -> List.of();
        };
    }

    /** Among all columns, those within records included. */
    public int number() {
        return number;
    }

    /** The columns within a RECORD, or within each of an array of them; empty for every other column. */
    public List<ColumnReader> fields() {
        return fields;
    }

    public Column column() {
        return column;
    }

    public ValueParser parser() {
        return parser;
    }

    /** Whether texts may mean something else than they say. */
    public boolean hasTextRules() {
        return written != null;
    }

    /** What the reader appends; null for NULL. */
    @Nullable
    public Object value(Field field, ConversionWarnings changes) throws InvalidFieldValue {
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
    public Object refused(InvalidFieldValue invalid, ConversionWarnings changes) throws InvalidFieldValue {
        if (column.onError() == Column.OnError.REJECT) {
            throw invalid;
        }
        String where = invalid.path().isEmpty() ? "" : "has at " + invalid.path() + " what ";
        changes.note(number, ConversionWarnings.Kind.NULLED, where + invalid.reason());
        return parser.nothing();
    }

    private @Nullable Object accepted(Field sent, ConversionWarnings changes) throws InvalidFieldValue {
        Field field = written == null ? sent : written.read(sent);
        if (field.kind() == Field.Kind.BLOCKED) {
            throw new InvalidFieldValue("can't be reached: " + column.path() + " leads through a value that "
                    + (column.path().contains("[") ? "has no such part" : "is no object"));
        }
        if (!field.isNothing()) {
            return parser.read(field, changes);
        }
        boolean marked = !sent.isNothing();
        if (marked) {
            changes.note(number, ConversionWarnings.Kind.NULL_MARKER, "");
        }
        return switch (column.mode()) {
            case NULLABLE -> substitute;
            case REQUIRED -> {
                if (substitute == null) {
                    throw InvalidFieldValue.missing("is REQUIRED, and "
                            + (marked
                                    ? "the text '" + sent.text() + "', which means NULL"
                                    : field.kind() == Field.Kind.NULL ? "null" : "missing"));
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
