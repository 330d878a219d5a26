package dev.millrace.transformer.value;

import dev.millrace.pipeline.Column;
import dev.millrace.transformer.json.Field;
import dev.millrace.transformer.json.InvalidFieldValue;
import dev.millrace.transformer.json.RecordScanner;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/**
 * The parser of one column's values: the whole text has to be a value of the type, and one that the type can hold
 * unchanged. Immutable, for use by several threads.
 */
public sealed interface ValueParser
        permits ScalarParser,
                NestedParser,
                ValueParser.JsonParser,
                ValueParser.JsonTextParser,
                ValueParser.GeographyParser {
    /**
     * @param prefix of the paths of the columns within the column
     * @param paths ends with the column's own, and takes the paths of these columns
     * @param texts whether all values are texts, so that JSON can only be one
     */
    static ValueParser of(Column column, String prefix, List<String> paths, WarehouseJson json, boolean texts) {
        boolean repeated = column.mode() == Column.Mode.REPEATED;
        ValueParser one = one(column, prefix, paths, json, texts);
        return repeated ? new NestedParser.ArrayParser(one, SourceTexts.ofValues(column, texts)) : one;
    }

    private static ValueParser one(
            Column column, String prefix, List<String> paths, WarehouseJson json, boolean texts) {
        Shortening excess = new Shortening(column.excess(), paths.size() - 1);
        return switch (column.type()) {
            case INTEGER -> new NumberParser.IntegerParser(excess);
            case NUMERIC -> new NumberParser.NumericParser(column, excess);
            case BIGNUMERIC -> new NumberParser.BigNumericParser(column, excess);
            case FLOAT -> new NumberParser.FloatParser();
            case BOOLEAN -> new ScalarParser.BooleanParser();
            case STRING -> new ScalarParser.TextParser();
            case BYTES -> new ScalarParser.BytesParser();
            case DATE, TIME, DATETIME, TIMESTAMP -> new ScalarParser.TimeParser(TimeColumn.of(column, excess));
            case INTERVAL -> new ScalarParser.IntervalParser();
            case JSON -> texts ? new JsonTextParser(json) : new JsonParser(json);
            case GEOGRAPHY -> new GeographyParser();
            case RECORD -> new NestedParser.StructParser(ColumnReader.of(column.fields(), prefix, paths, json, texts));
        };
    }

    /**
     * What {@link #buffer} takes.
     *
     * @param field neither missing nor null
     */
    Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue;

    /** A place for values, which has the form that {@link dev.millrace.staging.StagedType} says. */
    default ColumnBuffer buffer() {
        return new ColumnBuffer.Texts(false);
    }

    /** What stands for a value that there is not; null for NULL. */
    default @Nullable Object nothing() {
        return null;
    }

    /** Any value but null, as it was sent, character by character. */
    record JsonParser(WarehouseJson json) implements ValueParser {
        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            json.check(field);
            return field.utf8();
        }
    }

    /** The JSON that stands in a text, character by character. */
    record JsonTextParser(WarehouseJson json) implements ValueParser {
        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            byte[] text = field.utf8();
            RecordScanner.checkJson(text);
            json.check(field);
            return text;
        }
    }

    /** A text in WKT or GeoJSON, or a GeoJSON object; as it was sent. */
    record GeographyParser() implements ValueParser {
        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            switch (field.kind()) {
                case TEXT -> GeographyText.check(field.text());
                case OBJECT -> GeographyText.checkGeoJson(field.text());
                case NUMBER, BOOLEAN, ARRAY, MISSING, NULL, BLOCKED ->
                    throw new InvalidFieldValue("is " + field.kind().words() + ", and neither WKT nor GeoJSON");
            }
            return field.text();
        }
    }
}
