package dev.millrace.transformer.value;

import dev.millrace.pipeline.Column;
import dev.millrace.transformer.json.Field;
import dev.millrace.transformer.json.InvalidFieldValue;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/** The parser of a value of one of the types of numbers. */
public sealed interface NumberParser extends ScalarParser {
    record IntegerParser(Shortening excess) implements NumberParser {
        /** Fewer digits than the largest long has. */
        private static final int SHORT = 18;

        private static final BigInteger MIN = BigInteger.valueOf(Long.MIN_VALUE);
        private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

        @Override
        public Column.Type type() {
            return Column.Type.INTEGER;
        }

        @Override
        public ColumnBuffer buffer() {
            return new ColumnBuffer.Longs(ColumnBuffer.Longs.Form.WHOLE);
        }

        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            long digits = field.digits(SHORT);
            return digits >= 0 ? (Object) digits : NumberParser.super.read(field, changes);
        }

        @Override
        public Object read(String text, boolean number, ConversionWarnings changes) throws InvalidFieldValue {
            Decimal decimal = Decimal.of(text);
            if (decimal == null) {
                throw new InvalidFieldValue("is not a whole number");
            }
            if (decimal.fractionDigits() > 0 && excess.rejects()) {
                throw new InvalidFieldValue("has a fraction, which INTEGER would lose");
            }
            if (decimal.wholeDigits() > SHORT + 1) {
                throw tooLarge();
            }
            BigInteger value = excess.number(decimal, 0, changes).value().toBigIntegerExact();
            if (value.compareTo(MIN) < 0 || value.compareTo(MAX) > 0) {
                throw tooLarge();
            }
            return value.longValueExact();
        }

        private static InvalidFieldValue tooLarge() {
            return new InvalidFieldValue("is outside of INTEGER's range, -9223372036854775808 to 9223372036854775807");
        }
    }

    record NumericParser(int precision, int scale, Shortening excess) implements NumberParser {
        private static final int STAGED_SCALE = ColumnBuffer.Decimals.SCALE;
        private static final long[] POWERS = LongStream.iterate(1, power -> power * 10)
                .limit(STAGED_SCALE + 1)
                .toArray();

        NumericParser(Column column, Shortening excess) {
            this(
                    column.precision() == null ? 38 : column.precision(),
                    column.scale() == null ? 9 : column.scale(),
                    excess);
        }

        @Override
        public Column.Type type() {
            return Column.Type.NUMERIC;
        }

        @Override
        public ColumnBuffer buffer() {
            return new ColumnBuffer.Decimals();
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
        public Object read(String text, boolean number, ConversionWarnings changes) throws InvalidFieldValue {
            BigDecimal shortOne = shortOne(text);
            if (shortOne != null) {
                return shortOne;
            }
            Decimal decimal = Decimal.of(text);
            if (decimal == null) {
                throw new InvalidFieldValue("is not a decimal number");
            }
            return excess.decimal(decimal, precision - scale, scale, changes)
                    .value()
                    .setScale(STAGED_SCALE);
        }
    }

    /** @param precision null: what fits into 256 bits with 38 digits after the point */
    record BigNumericParser(@Nullable Integer precision, int scale, Shortening excess) implements NumberParser {
        private static final int SCALE = 38;
        /** https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types */
        private static final BigInteger LIMIT = BigInteger.TWO.pow(255);

        private static final int MOST_WHOLE_DIGITS = 39;

        BigNumericParser(Column column, Shortening excess) {
            this(column.precision(), column.scale() == null ? SCALE : column.scale(), excess);
        }

        @Override
        public Column.Type type() {
            return Column.Type.BIGNUMERIC;
        }

        @Override
        public Object read(String text, boolean number, ConversionWarnings changes) throws InvalidFieldValue {
            Decimal decimal = Decimal.of(text);
            if (decimal == null) {
                throw new InvalidFieldValue("is not a decimal number");
            }
            int whole = precision == null ? MOST_WHOLE_DIGITS : precision - scale;
            BigDecimal value = excess.decimal(decimal, whole, scale, changes).value();
            if (precision == null && !fits(value.setScale(SCALE).unscaledValue())) {
                throw new InvalidFieldValue("is outside of BIGNUMERIC's range, about -5.79e38 to 5.79e38");
            }
            return value.toPlainString();
        }

        private static boolean fits(BigInteger unscaled) {
            return unscaled.compareTo(LIMIT) < 0 && unscaled.compareTo(LIMIT.negate()) >= 0;
        }
    }

    record FloatParser() implements NumberParser {
        /** What {@link Decimal} takes, so that numbers are written alike for all types. */
        private static final Pattern NUMBER =
                Pattern.compile("[+-]?(?:[0-9]++(?:\\.[0-9]*+)?|\\.[0-9]++)(?:[eE][+-]?[0-9]++)?");

        @Override
        public Column.Type type() {
            return Column.Type.FLOAT;
        }

        @Override
        public ColumnBuffer buffer() {
            return new ColumnBuffer.Longs(ColumnBuffer.Longs.Form.FLOATING);
        }

        @Override
        public Object read(String text, boolean number, ConversionWarnings changes) throws InvalidFieldValue {
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
}
