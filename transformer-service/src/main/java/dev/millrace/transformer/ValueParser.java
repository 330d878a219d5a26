package dev.millrace.transformer;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.millrace.pipeline.Column;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The parser of one column's values: the whole text has to be a value of the type, and one that the type can hold
 * unchanged. Immutable, for use by several threads.
 */
sealed interface ValueParser
        permits ValueParser.ScalarParser,
                ValueParser.JsonParser,
                ValueParser.JsonTextParser,
                ValueParser.GeographyParser,
                ValueParser.StructParser,
                ValueParser.ArrayParser,
                ValueParser.DocumentParser {
    /**
     * @param prefix of the paths of the columns within the column
     * @param paths takes the paths of these columns
     * @param nested whether the column is within a record
     * @param texts whether all values are texts, so that JSON can only be one
     */
    static ValueParser of(
            Column column, String prefix, List<String> paths, WarehouseJson json, boolean nested, boolean texts) {
        boolean repeated = column.mode() == Column.Mode.REPEATED;
        ValueParser one = one(column, prefix, paths, json, texts);
        ValueParser whole = repeated ? new ArrayParser(one) : one;
        return !nested && (repeated || column.type() == Column.Type.RECORD) ? new DocumentParser(whole) : whole;
    }

    private static ValueParser one(
            Column column, String prefix, List<String> paths, WarehouseJson json, boolean texts) {
        return switch (column.type()) {
            case INTEGER -> new IntegerParser();
            case NUMERIC -> new NumericParser(column);
            case BIGNUMERIC -> new BigNumericParser(column);
            case FLOAT -> new FloatParser();
            case BOOLEAN -> new BooleanParser();
            case STRING -> new TextParser();
            case BYTES -> new BytesParser();
            case DATE, TIME, DATETIME, TIMESTAMP -> new TimeParser(TimeColumn.of(column));
            case INTERVAL -> new IntervalParser();
            case JSON -> texts ? new JsonTextParser(json) : new JsonParser(json);
            case GEOGRAPHY -> new GeographyParser();
            case RECORD -> new StructParser(ColumnReader.of(column.fields(), prefix, paths, json, true, texts));
        };
    }

    /** The engine's type, which has the form that {@link dev.millrace.staging.StagedType} says. */
    String sqlType();

    /**
     * What {@link #engineType} takes, or {@link #write} when the column is within another.
     *
     * @param field neither missing nor null
     */
    Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue;

    /** How a value travels into the engine. */
    default EngineColumnType engineType() {
        return EngineColumnType.TEXT;
    }

    /** SQL of the staged value, of the SQL of the one that has travelled. */
    default String staged(String carried) {
        return carried;
    }

    /** The engine's type of what {@link #write} writes; a cast makes the staged one of it. */
    default String jsonType() {
        return sqlType();
    }

    /** Writes a value of a column within another: a text wherever a number could be taken for a less exact one. */
    default void write(JsonGenerator json, Object value) throws IOException {
        json.writeString(value instanceof byte[] utf8 ? new String(utf8, StandardCharsets.UTF_8) : value.toString());
    }

    /** What stands for a value that there is not; null for NULL. */
    default @Nullable Object nothing() {
        return null;
    }

    /** Any value but null, as it was sent, character by character. */
    record JsonParser(WarehouseJson json) implements ValueParser {
        @Override
        public String sqlType() {
            return "VARCHAR";
        }

        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            json.check(field);
            return field.utf8();
        }
    }

    /** The JSON that stands in a text, character by character. */
    record JsonTextParser(WarehouseJson json) implements ValueParser {
        @Override
        public String sqlType() {
            return "VARCHAR";
        }

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
        public String sqlType() {
            return "VARCHAR";
        }

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

    /** A list of the fields' values, with null for NULL. */
    record StructParser(List<ColumnReader> fields) implements ValueParser {
        @Override
        public String sqlType() {
            return type(ValueParser::sqlType);
        }

        @Override
        public String jsonType() {
            return type(ValueParser::jsonType);
        }

        private String type(Function<ValueParser, String> ofField) {
            return fields.stream()
                    .map(field -> Engine.name(field.column()) + " " + ofField.apply(field.parser()))
                    .collect(Collectors.joining(", ", "STRUCT(", ")"));
        }

        @Override
        public void write(JsonGenerator json, Object value) throws IOException {
            List<?> values = (List<?>) value;
            json.writeStartObject();
            for (int i = 0; i < values.size(); i++) {
                ColumnReader field = fields.get(i);
                json.writeFieldName(field.column().name());
                Object part = values.get(i);
                if (part == null) {
                    json.writeNull();
                } else {
                    field.parser().write(json, part);
                }
            }
            json.writeEndObject();
        }

        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            if (field.kind() != Field.Kind.OBJECT) {
                throw new InvalidFieldValue("is " + field.kind().words() + ", and a RECORD wants an object");
            }
            Object[] values = new Object[fields.size()];
            for (int i = 0; i < values.length; i++) {
                Field part = field.parts().get(i);
                ColumnReader reader = fields.get(i);
                try {
                    values[i] = reader.value(part, changes);
                } catch (InvalidFieldValue e) {
                    throw e.at("." + reader.column().name(), part);
                }
            }
            return Arrays.asList(values);
        }
    }

    /** A list of values, none of them null. */
    record ArrayParser(ValueParser element) implements ValueParser {
        @Override
        public String sqlType() {
            return element.sqlType() + "[]";
        }

        @Override
        public String jsonType() {
            return element.jsonType() + "[]";
        }

        @Override
        public Object nothing() {
            return List.of();
        }

        @Override
        public void write(JsonGenerator json, Object value) throws IOException {
            json.writeStartArray();
            for (Object one : (List<?>) value) {
                element.write(json, one);
            }
            json.writeEndArray();
        }

        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            if (field.kind() != Field.Kind.ARRAY) {
                throw new InvalidFieldValue("is " + field.kind().words() + ", and a REPEATED column wants an array");
            }
            List<Field> parts = field.parts();
            List<Object> values = new ArrayList<>(parts.size());
            for (int i = 0; i < parts.size(); i++) {
                Field part = parts.get(i);
                try {
                    if (part.isNothing()) {
                        throw new InvalidFieldValue("is null, which an array can't hold");
                    }
                    values.add(element.read(part, changes));
                } catch (InvalidFieldValue e) {
                    throw e.at("[" + i + "]", part);
                }
            }
            return values;
        }
    }

    /** A record or an array, which travels as JSON. */
    record DocumentParser(ValueParser content) implements ValueParser {
        @Override
        public String sqlType() {
            return content.sqlType();
        }

        @Override
        public String staged(String carried) {
            String typed = "CAST(CAST(" + carried + " AS JSON) AS " + content.jsonType() + ")";
            return content.jsonType().equals(sqlType()) ? typed : "CAST(" + typed + " AS " + sqlType() + ")";
        }

        @Override
        public @Nullable Object nothing() {
            Object none = content.nothing();
            return none == null ? null : text(none);
        }

        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            return text(content.read(field, changes));
        }

        private String text(Object value) {
            StringWriter text = new StringWriter();
            try (JsonGenerator json = StrictJson.FACTORY.createGenerator(text)) {
                content.write(json, value);
            } catch (IOException e) {
                throw new UncheckedIOException(e); // of memory: can't be
            }
            return text.toString();
        }
    }

    /** Everything that is neither object nor array. */
    sealed interface ScalarParser extends ValueParser {
        @Override
        default Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            return switch (field.kind()) {
                case TEXT -> read(field.text(), false);
                case NUMBER -> read(field.text(), true);
                case BOOLEAN -> readBoolean(field.text());
                case OBJECT ->
                    throw new InvalidFieldValue("is an object, which only a column of type JSON or RECORD can hold");
                case ARRAY ->
                    throw new InvalidFieldValue(
                            "is an array, which only a REPEATED column or one of type JSON can hold");
                case MISSING, NULL, BLOCKED -> throw new IllegalArgumentException("no value: " + field);
            };
        }

        /** The column's type. */
        Column.Type type();

        /** @param number whether it was sent as a number, not as a text */
        Object read(String text, boolean number) throws InvalidFieldValue;

        default Object readBoolean(String text) throws InvalidFieldValue {
            throw new InvalidFieldValue("is a boolean, which no " + type() + " equals");
        }
    }

    record IntegerParser() implements ScalarParser {
        /** Fewer digits than the largest long has. */
        private static final int SHORT = 18;

        private static final BigInteger MIN = BigInteger.valueOf(Long.MIN_VALUE);
        private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

        @Override
        public Column.Type type() {
            return Column.Type.INTEGER;
        }

        @Override
        public EngineColumnType engineType() {
            return EngineColumnType.WHOLE;
        }

        @Override
        public String sqlType() {
            return "BIGINT";
        }

        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            long digits = field.digits(SHORT);
            return digits >= 0 ? (Object) digits : ScalarParser.super.read(field, changes);
        }

        @Override
        public Object read(String text, boolean number) throws InvalidFieldValue {
            Decimal decimal = Decimal.of(text);
            if (decimal == null) {
                throw new InvalidFieldValue("is not a whole number");
            }
            if (decimal.fractionDigits() > 0) {
                throw new InvalidFieldValue("has a fraction, which INTEGER would lose");
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

        private static InvalidFieldValue tooLarge() {
            return new InvalidFieldValue("is outside of INTEGER's range, -9223372036854775808 to 9223372036854775807");
        }
    }

    record NumericParser(int precision, int scale) implements ScalarParser {
        private static final int STAGED_SCALE = 9;
        private static final long[] POWERS = LongStream.iterate(1, power -> power * 10)
                .limit(STAGED_SCALE + 1)
                .toArray();

        NumericParser(Column column) {
            this(column.precision() == null ? 38 : column.precision(), column.scale() == null ? 9 : column.scale());
        }

        @Override
        public Column.Type type() {
            return Column.Type.NUMERIC;
        }

        @Override
        public EngineColumnType engineType() {
            return EngineColumnType.DECIMAL;
        }

        @Override
        public void write(JsonGenerator json, Object value) throws IOException {
            json.writeString(((BigDecimal) value).toPlainString());
        }

        @Override
        public String sqlType() {
            return "DECIMAL(38, 9)";
        }

        /** Most numbers are short enough for a long to hold them. */
        private @Nullable BigDecimal shortOne(String text) {
            int start = text.startsWith("-") ? 1 : 0;
            int point = text.indexOf('.');
            int end = point < 0 ? text.length() : point;
            long whole = digits(text, start, end);
            long fraction = point < 0 ? 0 : digits(text, point + 1, text.length());
            if (whole < 0 || fraction < 0) {
                return null;
            }
            if (point >= 0) {
                fraction *= POWERS[STAGED_SCALE - (text.length() - point - 1)];
            }
            boolean fits = fraction % POWERS[STAGED_SCALE - scale] == 0
                    && (precision - scale >= STAGED_SCALE || whole < POWERS[precision - scale]);
            long unscaled = whole * POWERS[STAGED_SCALE] + fraction;
            return fits ? BigDecimal.valueOf(start == 1 ? -unscaled : unscaled, STAGED_SCALE) : null;
        }

        /** Negative when there are none, or more than nine, or something else between them. */
        private static long digits(String text, int from, int to) {
            if (to <= from || to - from > STAGED_SCALE) {
                return -1;
            }
            long value = 0;
            for (int i = from; i < to; i++) {
                int digit = text.charAt(i) - '0';
                if (digit < 0 || digit > 9) {
                    return -1;
                }
                value = value * 10 + digit;
            }
            return value;
        }

        @Override
        public Object read(String text, boolean number) throws InvalidFieldValue {
            BigDecimal shortOne = shortOne(text);
            if (shortOne != null) {
                return shortOne;
            }
            Decimal decimal = Decimal.of(text);
            if (decimal == null) {
                throw new InvalidFieldValue("is not a decimal number");
            }
            if (decimal.fractionDigits() > scale) {
                throw new InvalidFieldValue(
                        "has more than the " + scale + " digits after the point that the column keeps");
            }
            if (decimal.wholeDigits() > precision - scale) {
                throw new InvalidFieldValue(
                        "has more than the " + (precision - scale) + " digits before the point that fit");
            }
            return decimal.value().setScale(STAGED_SCALE);
        }
    }

    /** @param precision null: what fits into 256 bits with 38 digits after the point */
    record BigNumericParser(@Nullable Integer precision, int scale) implements ScalarParser {
        private static final int SCALE = 38;
        /** https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types */
        private static final BigInteger LIMIT = BigInteger.TWO.pow(255);

        private static final int MOST_WHOLE_DIGITS = 39;

        BigNumericParser(Column column) {
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
        public Object read(String text, boolean number) throws InvalidFieldValue {
            Decimal decimal = Decimal.of(text);
            if (decimal == null) {
                throw new InvalidFieldValue("is not a decimal number");
            }
            if (decimal.fractionDigits() > scale) {
                throw new InvalidFieldValue(
                        "has more than the " + scale + " digits after the point that the column keeps");
            }
            int whole = precision == null ? MOST_WHOLE_DIGITS : precision - scale;
            if (decimal.wholeDigits() > whole) {
                throw new InvalidFieldValue("has more than the " + whole + " digits before the point that fit");
            }
            BigDecimal value = decimal.value();
            if (precision == null && !fits(value.setScale(SCALE).unscaledValue())) {
                throw new InvalidFieldValue("is outside of BIGNUMERIC's range, about -5.79e38 to 5.79e38");
            }
            return value.toPlainString();
        }

        private static boolean fits(BigInteger unscaled) {
            return unscaled.compareTo(LIMIT) < 0 && unscaled.compareTo(LIMIT.negate()) >= 0;
        }
    }

    record FloatParser() implements ScalarParser {
        /** What {@link Decimal} takes, so that numbers are written alike for all types. */
        private static final Pattern NUMBER =
                Pattern.compile("[+-]?(?:[0-9]++(?:\\.[0-9]*+)?|\\.[0-9]++)(?:[eE][+-]?[0-9]++)?");

        @Override
        public Column.Type type() {
            return Column.Type.FLOAT;
        }

        @Override
        public EngineColumnType engineType() {
            return EngineColumnType.FLOATING;
        }

        @Override
        public String sqlType() {
            return "DOUBLE";
        }

        @Override
        public Object read(String text, boolean number) throws InvalidFieldValue {
            if (!number && !NUMBER.matcher(text).matches()) {
                throw new InvalidFieldValue("is not a number");
            }
            double value = Double.parseDouble(text);
            if (Double.isInfinite(value)) {
                throw new InvalidFieldValue("is too large for FLOAT");
            }
            if (value == 0) {
                Decimal decimal = Decimal.of(text);
                if (decimal != null && !decimal.isZero()) {
                    throw new InvalidFieldValue("is too close to zero for FLOAT");
                }
            }
            return value;
        }
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
        public EngineColumnType engineType() {
            return EngineColumnType.TRUTH;
        }

        @Override
        public void write(JsonGenerator json, Object value) throws IOException {
            json.writeBoolean((boolean) value);
        }

        @Override
        public String sqlType() {
            return "BOOLEAN";
        }

        @Override
        public Object read(String text, boolean number) throws InvalidFieldValue {
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
        public String sqlType() {
            return "VARCHAR";
        }

        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            return switch (field.kind()) {
                case TEXT, NUMBER, BOOLEAN -> field.utf8();
                case OBJECT, ARRAY, MISSING, NULL, BLOCKED -> ScalarParser.super.read(field, changes);
            };
        }

        @Override
        public Object read(String text, boolean number) {
            return text;
        }
    }

    /** Base64 with the alphabet and padding of RFC 4648, section 4. */
    record BytesParser() implements ScalarParser {
        private static final HexFormat HEX = HexFormat.of();

        @Override
        public Column.Type type() {
            return Column.Type.BYTES;
        }

        @Override
        public String sqlType() {
            return "BLOB";
        }

        @Override
        public String staged(String carried) {
            return "from_base64(" + carried + ")";
        }

        @Override
        public String jsonType() {
            return "VARCHAR";
        }

        /** As the engine's cast from text wants bytes. */
        @Override
        public void write(JsonGenerator json, Object value) throws IOException {
            StringBuilder escaped = new StringBuilder();
            for (byte b : Base64.getDecoder().decode((String) value)) {
                escaped.append("\\x").append(HEX.toHexDigits(b));
            }
            json.writeString(escaped.toString());
        }

        @Override
        public Object read(String text, boolean number) throws InvalidFieldValue {
            try {
                byte[] bytes = Base64.getDecoder().decode(text);
                if (Base64.getEncoder().encodeToString(bytes).equals(text)) {
                    return text;
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
        public String sqlType() {
            return "VARCHAR";
        }

        @Override
        public Object read(String text, boolean number) throws InvalidFieldValue {
            return IntervalText.canonical(text);
        }
    }

    record TimeParser(TimeColumn column) implements ScalarParser {
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
        public EngineColumnType engineType() {
            return switch (column.type()) {
                case DATE, TIMESTAMP -> EngineColumnType.WHOLE;
                case TIME, DATETIME -> EngineColumnType.TEXT;
            };
        }

        @Override
        public String staged(String carried) {
            return switch (column.type()) {
                case DATE -> "DATE '1970-01-01' + CAST(" + carried + " AS INTEGER)";
                case TIMESTAMP -> "make_timestamptz(" + carried + ")";
                case TIME, DATETIME -> carried;
            };
        }

        @Override
        public Object read(String text, boolean number) throws InvalidFieldValue {
            long count = column.read(text);
            return switch (column.type()) {
                case DATE, TIMESTAMP -> count;
                case TIME -> TimeText.time(count);
                case DATETIME -> TimeText.dateTime(count);
            };
        }

        @Override
        public void write(JsonGenerator json, Object value) throws IOException {
            json.writeString(
                    switch (column.type()) {
                        case DATE -> LocalDate.ofEpochDay((long) value).toString();
                        case TIMESTAMP -> TimeText.dateTime((long) value) + "Z";
                        case TIME, DATETIME -> (String) value;
                    });
        }
    }
}
