package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.SQLException;
import java.util.regex.Pattern;
import org.duckdb.DuckDBAppender;

/**
 * How the values of one column are read: the whole text has to be a value of the type, and one that the type can
 * hold unchanged. Immutable, for use by several threads.
 */
sealed interface Reading permits Reading.Scalar, Reading.Json {
    static Reading of(Column column) {
        return switch (column.type()) {
            case INTEGER -> new Whole();
            case NUMERIC -> new Numeric(column);
            case FLOAT -> new Floating();
            case BOOLEAN -> new Truth();
            case STRING -> new Text();
            case DATE, TIME, DATETIME, TIMESTAMP -> new Time(TimeColumn.of(column));
            case JSON -> new Json();
            case BIGNUMERIC, BYTES, INTERVAL, GEOGRAPHY, RECORD ->
                throw new IllegalArgumentException("a column of " + column.type() + " can't be read yet");
        };
    }

    /** The engine's type. */
    String sqlType();

    /**
     * What {@link #append} takes.
     *
     * @param field neither missing nor null
     */
    Object read(Field field) throws Misfit;

    void append(DuckDBAppender appender, Object value) throws SQLException;

    /** Any value but null, as it was sent, character by character. */
    record Json() implements Reading {
        @Override
        public String sqlType() {
            return "VARCHAR";
        }

        @Override
        public Object read(Field field) {
            return field.text();
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            appender.append((String) value);
        }
    }

    /** Everything that is neither object nor array. */
    sealed interface Scalar extends Reading {
        @Override
        default Object read(Field field) throws Misfit {
            return switch (field.kind()) {
                case TEXT -> read(field.text(), false);
                case NUMBER -> read(field.text(), true);
                case BOOLEAN -> readBoolean(field.text());
                case OBJECT, ARRAY ->
                    throw new Misfit("is " + field.kind().words() + ", which only a column of type JSON can hold");
                case MISSING, NULL, BLOCKED -> throw new IllegalArgumentException("no value: " + field);
            };
        }

        /** @param number whether it was sent as a number, not as a text */
        Object read(String text, boolean number) throws Misfit;

        default Object readBoolean(String text) throws Misfit {
            throw new Misfit("is a boolean, which no " + sqlType() + " equals");
        }
    }

    record Whole() implements Scalar {
        /** Fewer digits than the largest long has. */
        private static final int SHORT = 18;

        private static final BigInteger MIN = BigInteger.valueOf(Long.MIN_VALUE);
        private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

        @Override
        public String sqlType() {
            return "BIGINT";
        }

        @Override
        public Object read(String text, boolean number) throws Misfit {
            if (isShort(text)) {
                return Long.parseLong(text);
            }
            Decimal decimal = Decimal.of(text);
            if (decimal == null) {
                throw new Misfit("is not a whole number");
            }
            if (decimal.fractionDigits() > 0) {
                throw new Misfit("has a fraction, which INTEGER would lose");
            }
            if (decimal.wholeDigits() > SHORT + 1) {
                throw tooLarge();
            }
            BigInteger value = decimal.value().toBigIntegerExact();
            if (value.compareTo(MIN) < 0 || value.compareTo(MAX) > 0) {
                throw tooLarge();
            }
            return value.longValueExact();
        }

        private static boolean isShort(String text) {
            for (int i = 0; i < text.length(); i++) {
                if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                    return false;
                }
            }
            return !text.isEmpty() && text.length() <= SHORT;
        }

        private static Misfit tooLarge() {
            return new Misfit("is outside of INTEGER's range, -9223372036854775808 to 9223372036854775807");
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            appender.append((long) value);
        }
    }

    record Numeric(int precision, int scale) implements Scalar {
        Numeric(Column column) {
            this(column.precision() == null ? 38 : column.precision(), column.scale() == null ? 9 : column.scale());
        }

        @Override
        public String sqlType() {
            return "DECIMAL(" + precision + ", " + scale + ")";
        }

        @Override
        public Object read(String text, boolean number) throws Misfit {
            Decimal decimal = Decimal.of(text);
            if (decimal == null) {
                throw new Misfit("is not a decimal number");
            }
            if (decimal.fractionDigits() > scale) {
                throw new Misfit("has more than the " + scale + " digits after the point that the column keeps");
            }
            if (decimal.wholeDigits() > precision - scale) {
                throw new Misfit("has more than the " + (precision - scale) + " digits before the point that fit");
            }
            return decimal.value().setScale(scale);
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            appender.append((BigDecimal) value);
        }
    }

    record Floating() implements Scalar {
        private static final Pattern NUMBER =
                Pattern.compile("-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?(?:[eE][+-]?[0-9]++)?");

        @Override
        public String sqlType() {
            return "DOUBLE";
        }

        @Override
        public Object read(String text, boolean number) throws Misfit {
            if (!number && !NUMBER.matcher(text).matches()) {
                throw new Misfit("is not a number as JSON writes it");
            }
            double value = Double.parseDouble(text);
            if (Double.isInfinite(value)) {
                throw new Misfit("is too large for FLOAT");
            }
            if (value == 0) {
                Decimal decimal = Decimal.of(text);
                if (decimal != null && !decimal.isZero()) {
                    throw new Misfit("is too close to zero for FLOAT");
                }
            }
            return value;
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            appender.append((double) value);
        }
    }

    record Truth() implements Scalar {
        /** Without UNICODE_CASE, or a long s would be an s. */
        private static final Pattern TRUE = Pattern.compile("true", Pattern.CASE_INSENSITIVE);

        private static final Pattern FALSE = Pattern.compile("false", Pattern.CASE_INSENSITIVE);

        @Override
        public String sqlType() {
            return "BOOLEAN";
        }

        @Override
        public Object read(String text, boolean number) throws Misfit {
            if (TRUE.matcher(text).matches()) {
                return true;
            }
            if (FALSE.matcher(text).matches()) {
                return false;
            }
            throw new Misfit("is neither true nor false");
        }

        @Override
        public Object readBoolean(String text) {
            return text.equals("true");
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            appender.append((boolean) value);
        }
    }

    record Text() implements Scalar {
        @Override
        public String sqlType() {
            return "VARCHAR";
        }

        @Override
        public Object read(String text, boolean number) {
            return text;
        }

        @Override
        public Object readBoolean(String text) {
            return text;
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            appender.append((String) value);
        }
    }

    record Time(TimeColumn column) implements Scalar {
        @Override
        public String sqlType() {
            return switch (column.type()) {
                case DATE -> "DATE";
                case TIME -> "TIME";
                case DATETIME -> "TIMESTAMP";
                case TIMESTAMP -> "TIMESTAMP WITH TIME ZONE";
            };
        }

        @Override
        public Object read(String text, boolean number) throws Misfit {
            return column.read(text);
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            long count = (long) value;
            switch (column.type()) {
                case DATE -> appender.appendEpochDays(Math.toIntExact(count));
                case TIME -> appender.appendDayMicros(count);
                case DATETIME, TIMESTAMP -> appender.appendEpochMicros(count);
            }
        }
    }
}
