package dev.millrace.transformer.value;

import dev.millrace.pipeline.Column;
import dev.millrace.transformer.json.Field;
import dev.millrace.transformer.json.InvalidFieldValue;
import java.util.Base64;
import java.util.regex.Pattern;

/** The parser of a value that is neither object nor array. */
public sealed interface ScalarParser extends ValueParser
        permits NumberParser,
                ScalarParser.BooleanParser,
                ScalarParser.TextParser,
                ScalarParser.BytesParser,
                ScalarParser.IntervalParser,
                ScalarParser.TimeParser {
    @Override
    default Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
        return switch (field.kind()) {
            case TEXT -> read(field.text(), false, changes);
            case NUMBER -> read(field.text(), true, changes);
            case BOOLEAN -> readBoolean(field.text());
            case OBJECT ->
                throw new InvalidFieldValue("is an object, which only a column of type JSON or RECORD can hold");
            case ARRAY ->
                throw new InvalidFieldValue("is an array, which only a REPEATED column or one of type JSON can hold");
            case MISSING, NULL, BLOCKED -> throw new IllegalArgumentException("no value: " + field);
        };
    }

    /** The column's type. */
    Column.Type type();

    /** @param number whether it was sent as a number, not as a text */
    Object read(String text, boolean number, ConversionWarnings changes) throws InvalidFieldValue;

    default Object readBoolean(String text) throws InvalidFieldValue {
        throw new InvalidFieldValue("is a boolean, which no " + type() + " equals");
    }

    record BooleanParser() implements ScalarParser {
        /** Without UNICODE_CASE, or a long s would be an s. */
        private static final Pattern TRUE = Pattern.compile("true", Pattern.CASE_INSENSITIVE);

        private static final Pattern FALSE = Pattern.compile("false", Pattern.CASE_INSENSITIVE);

        @Override
        public Column.Type type() {
            return Column.Type.BOOLEAN;
        }

        @Override
        public ColumnBuffer buffer() {
            return new ColumnBuffer.Truths();
        }

        @Override
        public Object read(String text, boolean number, ConversionWarnings changes) throws InvalidFieldValue {
            if (TRUE.matcher(text).matches()) {
                return true;
            }
            if (FALSE.matcher(text).matches()) {
                return false;
            }
            throw new InvalidFieldValue("is neither true nor false");
        }

        @Override
        public Object readBoolean(String text) {
            return text.equals("true");
        }
    }

    record TextParser() implements ScalarParser {
        @Override
        public Column.Type type() {
            return Column.Type.STRING;
        }

        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            return switch (field.kind()) {
                case TEXT, NUMBER, BOOLEAN -> field.utf8();
                case OBJECT, ARRAY, MISSING, NULL, BLOCKED -> ScalarParser.super.read(field, changes);
            };
        }

        @Override
        public Object read(String text, boolean number, ConversionWarnings changes) {
            return text;
        }
    }

    /** Base64 with the alphabet and padding of RFC 4648, section 4. */
    record BytesParser() implements ScalarParser {
        @Override
        public Column.Type type() {
            return Column.Type.BYTES;
        }

        @Override
        public ColumnBuffer buffer() {
            return new ColumnBuffer.Texts(true);
        }

        @Override
        public Object read(String text, boolean number, ConversionWarnings changes) throws InvalidFieldValue {
            try {
                byte[] bytes = Base64.getDecoder().decode(text);
                if (Base64.getEncoder().encodeToString(bytes).equals(text)) {
                    return bytes;
                }
            } catch (IllegalArgumentException e) {
                throw notBase64();
            }
            throw notBase64();
        }

        private static InvalidFieldValue notBase64() {
            return new InvalidFieldValue("is not base64 with padding, such as bWlsbA==");
        }
    }

    record IntervalParser() implements ScalarParser {
        @Override
        public Column.Type type() {
            return Column.Type.INTERVAL;
        }

        @Override
        public Object read(String text, boolean number, ConversionWarnings changes) throws InvalidFieldValue {
            return IntervalText.canonical(text);
        }
    }

    record TimeParser(TimeColumn column) implements ScalarParser {
        @Override
        public Column.Type type() {
            return Column.Type.valueOf(column.type().name());
        }

        @Override
        public ColumnBuffer buffer() {
            return switch (column.type()) {
                case DATE -> new ColumnBuffer.Days();
                case TIMESTAMP -> new ColumnBuffer.Longs(ColumnBuffer.Longs.Form.MOMENT);
                case TIME, DATETIME -> new ColumnBuffer.Texts(false);
            };
        }

        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            EpochNumber epoch = column.epoch();
            long moment = epoch == null ? -1 : epoch.micros(field.digits(EpochNumber.MOST_DIGITS));
            return moment < 0 ? ScalarParser.super.read(field, changes) : value(column.ofMoment(moment));
        }

        @Override
        public Object read(String text, boolean number, ConversionWarnings changes) throws InvalidFieldValue {
            return value(column.read(text, changes));
        }

        private Object value(long count) {
            return switch (column.type()) {
                case DATE, TIMESTAMP -> count;
                case TIME -> TimeText.time(count);
                case DATETIME -> TimeText.dateTime(count);
            };
        }
    }
}
