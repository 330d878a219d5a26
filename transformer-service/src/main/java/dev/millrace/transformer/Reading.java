package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.duckdb.DuckDBAppender;

/**
 * How the values of one column are read: the whole text has to be a value of the type, and one that the type can
 * hold unchanged. Immutable, for use by several threads.
 */
sealed interface Reading permits Reading.Scalar, Reading.Json, Reading.Geography, Reading.Struct, Reading.Repeated {
    /**
     * @param prefix of the paths of the columns within the column
     * @param paths takes the paths of these columns
     * @param nested whether the value is part of a record or an array, for which the engine takes other objects
     */
    static Reading of(Column column, String prefix, List<String> paths, Rules rules, boolean nested) {
        boolean repeated = column.mode() == Column.Mode.REPEATED;
        Reading one = one(column, prefix, paths, rules, nested || repeated);
        return repeated ? new Repeated(one) : one;
    }

    private static Reading one(Column column, String prefix, List<String> paths, Rules rules, boolean nested) {
        return switch (column.type()) {
            case INTEGER -> new Whole();
            case NUMERIC -> new Numeric(column);
            case BIGNUMERIC -> new BigNumeric(column);
            case FLOAT -> new Floating();
            case BOOLEAN -> new Truth();
            case STRING -> new Text();
            case BYTES -> new Bytes();
            case DATE, TIME, DATETIME, TIMESTAMP -> new Time(TimeColumn.of(column), nested);
            case INTERVAL -> new Interval();
            case JSON -> new Json(rules);
            case GEOGRAPHY -> new Geography();
            case RECORD -> new Struct(ColumnReading.of(column.fields(), prefix, paths, rules, true));
        };
    }

    /** The engine's type, which has the form that {@link dev.millrace.staging.StagedType} says. */
    String sqlType();

    /**
     * What {@link #append} takes.
     *
     * @param field neither missing nor null
     */
    Object read(Field field, Changes changes) throws Misfit;

    void append(DuckDBAppender appender, Object value) throws SQLException;

    /** Any value but null, as it was sent, character by character. */
    record Json(Rules rules) implements Reading {
        @Override
        public String sqlType() {
            return "VARCHAR";
        }

        @Override
        public Object read(Field field, Changes changes) throws Misfit {
            if (rules == Rules.BIGQUERY) {
                BigQueryJson.check(field.text());
            }
            return field.text();
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            appender.append((String) value);
        }
    }

    /** A text in WKT or GeoJSON, or a GeoJSON object; as it was sent. */
    record Geography() implements Reading {
        @Override
        public String sqlType() {
            return "VARCHAR";
        }

        @Override
        public Object read(Field field, Changes changes) throws Misfit {
            switch (field.kind()) {
                case TEXT -> GeographyText.check(field.text());
                case OBJECT -> GeographyText.checkGeoJson(field.text());
                case NUMBER, BOOLEAN, ARRAY, MISSING, NULL, BLOCKED ->
                    throw new Misfit("is " + field.kind().words() + ", and neither WKT nor GeoJSON");
            }
            return field.text();
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            appender.append((String) value);
        }
    }

    /** A list of the fields' values, with null for NULL. */
    record Struct(List<ColumnReading> fields) implements Reading {
        @Override
        public String sqlType() {
            return fields.stream()
                    .map(field ->
                            Engine.name(field.column()) + " " + field.reading().sqlType())
                    .collect(Collectors.joining(", ", "STRUCT(", ")"));
        }

        @Override
        public Object read(Field field, Changes changes) throws Misfit {
            if (field.kind() != Field.Kind.OBJECT) {
                throw new Misfit("is " + field.kind().words() + ", and a RECORD wants an object");
            }
            Object[] values = new Object[fields.size()];
            for (int i = 0; i < values.length; i++) {
                Field part = field.parts().get(i);
                ColumnReading reading = fields.get(i);
                try {
                    values[i] = reading.value(part, changes);
                } catch (Misfit e) {
                    throw e.at("." + reading.column().name(), part);
                }
            }
            return Arrays.asList(values);
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            List<?> values = (List<?>) value;
            appender.beginStruct();
            for (int i = 0; i < values.size(); i++) {
                Object part = values.get(i);
                if (part == null) {
                    appender.appendNull();
                } else {
                    fields.get(i).reading().append(appender, part);
                }
            }
            appender.endStruct();
        }
    }

    /** A list of values, none of them null. */
    record Repeated(Reading element) implements Reading {
        @Override
        public String sqlType() {
            return element.sqlType() + "[]";
        }

        @Override
        public Object read(Field field, Changes changes) throws Misfit {
            if (field.kind() != Field.Kind.ARRAY) {
                throw new Misfit("is " + field.kind().words() + ", and a REPEATED column wants an array");
            }
            List<Field> parts = field.parts();
            List<Object> values = new ArrayList<>(parts.size());
            for (int i = 0; i < parts.size(); i++) {
                Field part = parts.get(i);
                try {
                    if (part.isNothing()) {
                        throw new Misfit("is null, which an array can't hold");
                    }
                    values.add(element.read(part, changes));
                } catch (Misfit e) {
                    throw e.at("[" + i + "]", part);
                }
            }
            return values;
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            appender.append((List<?>) value);
        }
    }

    /** Everything that is neither object nor array. */
    sealed interface Scalar extends Reading {
        @Override
        default Object read(Field field, Changes changes) throws Misfit {
            return switch (field.kind()) {
                case TEXT -> read(field.text(), false);
                case NUMBER -> read(field.text(), true);
                case BOOLEAN -> readBoolean(field.text());
                case OBJECT -> throw new Misfit("is an object, which only a column of type JSON or RECORD can hold");
                case ARRAY ->
                    throw new Misfit("is an array, which only a REPEATED column or one of type JSON can hold");
                case MISSING, NULL, BLOCKED -> throw new IllegalArgumentException("no value: " + field);
            };
        }

        /** The column's type. */
        Column.Type type();

        /** @param number whether it was sent as a number, not as a text */
        Object read(String text, boolean number) throws Misfit;

        default Object readBoolean(String text) throws Misfit {
            throw new Misfit("is a boolean, which no " + type() + " equals");
        }
    }

    record Whole() implements Scalar {
        /** Fewer digits than the largest long has. */
        private static final int SHORT = 18;

        private static final BigInteger MIN = BigInteger.valueOf(Long.MIN_VALUE);
        private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

        @Override
        public Column.Type type() {
            return Column.Type.INTEGER;
        }

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
        private static final int STAGED_SCALE = 9;

        Numeric(Column column) {
            this(column.precision() == null ? 38 : column.precision(), column.scale() == null ? 9 : column.scale());
        }

        @Override
        public Column.Type type() {
            return Column.Type.NUMERIC;
        }

        @Override
        public String sqlType() {
            return "DECIMAL(38, 9)";
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
            return decimal.value().setScale(STAGED_SCALE);
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            appender.append((BigDecimal) value);
        }
    }

    /** @param precision null: what fits into 256 bits with 38 digits after the point */
    record BigNumeric(@Nullable Integer precision, int scale) implements Scalar {
        private static final int SCALE = 38;
        /** https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types */
        private static final BigInteger LIMIT = BigInteger.TWO.pow(255);

        private static final int MOST_WHOLE_DIGITS = 39;

        BigNumeric(Column column) {
            this(column.precision(), column.scale() == null ? SCALE : column.scale());
        }

        @Override
        public Column.Type type() {
            return Column.Type.BIGNUMERIC;
        }

        @Override
        public String sqlType() {
            return "VARCHAR";
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
            int whole = precision == null ? MOST_WHOLE_DIGITS : precision - scale;
            if (decimal.wholeDigits() > whole) {
                throw new Misfit("has more than the " + whole + " digits before the point that fit");
            }
            BigDecimal value = decimal.value();
            if (precision == null && !fits(value.setScale(SCALE).unscaledValue())) {
                throw new Misfit("is outside of BIGNUMERIC's range, about -5.79e38 to 5.79e38");
            }
            return value.toPlainString();
        }

        private static boolean fits(BigInteger unscaled) {
            return unscaled.compareTo(LIMIT) < 0 && unscaled.compareTo(LIMIT.negate()) >= 0;
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            appender.append((String) value);
        }
    }

    record Floating() implements Scalar {
        private static final Pattern NUMBER =
                Pattern.compile("-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?(?:[eE][+-]?[0-9]++)?");

        @Override
        public Column.Type type() {
            return Column.Type.FLOAT;
        }

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
        public Column.Type type() {
            return Column.Type.BOOLEAN;
        }

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
        public Column.Type type() {
            return Column.Type.STRING;
        }

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

    /** Base64 with the alphabet and padding of RFC 4648, section 4. */
    record Bytes() implements Scalar {
        @Override
        public Column.Type type() {
            return Column.Type.BYTES;
        }

        @Override
        public String sqlType() {
            return "BLOB";
        }

        @Override
        public Object read(String text, boolean number) throws Misfit {
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

        private static Misfit notBase64() {
            return new Misfit("is not base64 with padding, such as bWlsbA==");
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            appender.append((byte[]) value);
        }
    }

    record Interval() implements Scalar {
        @Override
        public Column.Type type() {
            return Column.Type.INTERVAL;
        }

        @Override
        public String sqlType() {
            return "VARCHAR";
        }

        @Override
        public Object read(String text, boolean number) throws Misfit {
            return IntervalText.canonical(text);
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            appender.append((String) value);
        }
    }

    record Time(TimeColumn column, boolean nested) implements Scalar {
        @Override
        public Column.Type type() {
            return Column.Type.valueOf(column.type().name());
        }

        @Override
        public String sqlType() {
            return switch (column.type()) {
                case DATE -> "DATE";
                case TIME, DATETIME -> "VARCHAR";
                case TIMESTAMP -> "TIMESTAMP WITH TIME ZONE";
            };
        }

        @Override
        public Object read(String text, boolean number) throws Misfit {
            long count = column.read(text);
            return switch (column.type()) {
                case DATE -> nested ? LocalDate.ofEpochDay(count) : (Object) count;
                case TIME -> TimeText.time(count);
                case DATETIME -> TimeText.dateTime(count);
                case TIMESTAMP ->
                    nested ? Instant.EPOCH.plus(count, ChronoUnit.MICROS).atOffset(ZoneOffset.UTC) : (Object) count;
            };
        }

        @Override
        public void append(DuckDBAppender appender, Object value) throws SQLException {
            switch (value) {
                case Long count
                when column.type() == TimeColumn.Type.DATE -> appender.appendEpochDays(Math.toIntExact(count));
                case Long count -> appender.appendEpochMicros(count);
                case LocalDate date -> appender.append(date);
                case OffsetDateTime moment -> appender.append(moment);
                default -> appender.append((String) value);
            }
        }
    }
}
