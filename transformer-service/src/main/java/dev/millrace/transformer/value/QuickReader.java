package dev.millrace.transformer.value;

import dev.millrace.transformer.json.JsonCursor;
import io.micronaut.core.annotation.Nullable;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;

/**
 * The reader of the usual values of one column, straight from a record's bytes into the column's buffer. It takes a value
 * only if the column's {@link ValueParser} would make the same of it, and leaves all others to that. For one thread.
 */
public sealed interface QuickReader {
    /** It takes a closer look. */
    int NOT_USUAL = -1;

    /**
     * Appends the value that begins at a place.
     *
     * @param end of the record
     * @return where the value ends, which whoever calls has to find a comma, a bracket or white space behind; negative:
     *     nothing was appended
     */
    int read(byte[] bytes, int at, int end);

    /**
     * @param buffer of the column, in which values are appended
     * @return null: no value is that simple
     */
    static @Nullable QuickReader of(ColumnReader column, ColumnBuffer buffer) {
        if (column.hasTextRules()) {
            return null;
        }
        return switch (column.parser()) {
            case ScalarParser.TextParser _ -> new Text((ColumnBuffer.Texts) buffer);
            case ScalarParser.BooleanParser _ -> new Truth((ColumnBuffer.Truths) buffer);
            case NumberParser.IntegerParser _ -> new Whole((ColumnBuffer.Longs) buffer);
            case NumberParser.NumericParser numeric ->
                new Numeric(numeric.precision(), numeric.scale(), (ColumnBuffer.Decimals) buffer);
            case NumberParser.FloatParser _ -> new Floating((ColumnBuffer.Longs) buffer);
            case ScalarParser.TimeParser time -> Time.of(time.column(), buffer);
            case NumberParser.BigNumericParser _,
                    ScalarParser.BytesParser _,
                    ScalarParser.IntervalParser _,
                    ValueParser.JsonParser _,
                    ValueParser.JsonTextParser _,
                    ValueParser.GeographyParser _,
                    NestedParser _ -> null;
        };
    }

    private static int word(byte[] bytes, int at, int end, String word) {
        if (at + word.length() > end) {
            return NOT_USUAL;
        }
        for (int i = 0; i < word.length(); i++) {
            if (bytes[at + i] != word.charAt(i)) {
                return NOT_USUAL;
            }
        }
        return at + word.length();
    }

    /** Behind a null that stands there. */
    static int behindNull(byte[] bytes, int at, int end) {
        return word(bytes, at, end, "null");
    }

    /** Behind the digits that are there. */
    private static int behindDigits(byte[] bytes, int at, int end) {
        int i = at;
        while (i < end && bytes[i] >= '0' && bytes[i] <= '9') {
            i++;
        }
        return i;
    }

    private static long digits(byte[] bytes, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            value = 10 * value + bytes[i] - '0';
        }
        return value;
    }

    /** Whether JSON has no such number. */
    private static boolean hasLeadingZero(byte[] bytes, int from, int to) {
        return to - from > 1 && bytes[from] == '0';
    }

    /** Whether a value ends there that has begun with a quote or not. */
    private static boolean ends(boolean quoted, byte[] bytes, int behind, int end) {
        return !quoted || (behind < end && bytes[behind] == '"');
    }

    /** A text in quotes, without escapes. */
    record Text(ColumnBuffer.Texts buffer) implements QuickReader {
        @Override
        public int read(byte[] bytes, int at, int end) {
            int close = bytes[at] == '"' ? JsonCursor.endOfPlainText(bytes, at + 1, end) : NOT_USUAL;
            if (close < 0) {
                return NOT_USUAL;
            }
            buffer.append(bytes, at + 1, close);
            return close + 1;
        }
    }

    /** True or false, in quotes or not. */
    record Truth(ColumnBuffer.Truths buffer) implements QuickReader {
        @Override
        public int read(byte[] bytes, int at, int end) {
            boolean quoted = bytes[at] == '"';
            int start = quoted ? at + 1 : at;
            boolean value = start < end && bytes[start] == 't';
            int behind = word(bytes, start, end, value ? "true" : "false");
            if (behind < 0 || !ends(quoted, bytes, behind, end)) {
                return NOT_USUAL;
            }
            buffer.append(value);
            return quoted ? behind + 1 : behind;
        }
    }

    /** A number without fraction, in quotes or not, of so few digits that it fits. */
    record Whole(ColumnBuffer.Longs buffer) implements QuickReader {
        private static final int MOST_DIGITS = 18;

        @Override
        public int read(byte[] bytes, int at, int end) {
            boolean quoted = bytes[at] == '"';
            int start = quoted ? at + 1 : at;
            boolean negative = start < end && bytes[start] == '-';
            int first = negative ? start + 1 : start;
            int behind = behindDigits(bytes, first, end);
            if (behind == first
                    || behind - first > MOST_DIGITS
                    || (!quoted && hasLeadingZero(bytes, first, behind))
                    || !ends(quoted, bytes, behind, end)) {
                return NOT_USUAL;
            }
            long value = digits(bytes, first, behind);
            buffer.append(negative ? -value : value);
            return quoted ? behind + 1 : behind;
        }
    }

    /** A number, in quotes or not, of up to nine digits before the point and behind it, where zeros may follow. */
    record Numeric(int precision, int scale, ColumnBuffer.Decimals buffer) implements QuickReader {
        private static final int MOST_DIGITS = 9;
        private static final long[] POWERS = new long[MOST_DIGITS + 1];

        static {
            POWERS[0] = 1;
            for (int i = 1; i < POWERS.length; i++) {
                POWERS[i] = 10 * POWERS[i - 1];
            }
        }

        @Override
        public int read(byte[] bytes, int at, int end) {
            boolean quoted = bytes[at] == '"';
            int start = quoted ? at + 1 : at;
            boolean negative = start < end && bytes[start] == '-';
            int first = negative ? start + 1 : start;
            int point = behindDigits(bytes, first, end);
            if (point == first || point - first > MOST_DIGITS || (!quoted && hasLeadingZero(bytes, first, point))) {
                return NOT_USUAL;
            }
            long whole = digits(bytes, first, point);
            long fraction = 0;
            int behind = point;
            if (point < end && bytes[point] == '.') {
                behind = behindDigits(bytes, point + 1, end);
                int behindFraction = behind;
                while (behindFraction > point + 1 + MOST_DIGITS && bytes[behindFraction - 1] == '0') {
                    behindFraction--;
                }
                int count = behindFraction - point - 1;
                if (count == 0 || count > MOST_DIGITS) {
                    return NOT_USUAL;
                }
                fraction = digits(bytes, point + 1, behindFraction) * POWERS[MOST_DIGITS - count];
            }
            boolean fits = fraction % POWERS[MOST_DIGITS - scale] == 0
                    && (precision - scale >= MOST_DIGITS || whole < POWERS[precision - scale]);
            if (!fits || !ends(quoted, bytes, behind, end)) {
                return NOT_USUAL;
            }
            long unscaled = whole * POWERS[MOST_DIGITS] + fraction;
            buffer.append(negative ? -unscaled : unscaled);
            return quoted ? behind + 1 : behind;
        }
    }

    /**
     * A number without exponent, in quotes or not, of so few digits that without its point it is a long. It and the power of ten
     * by which it is divided are doubles then, or nearly.
     */
    record Floating(ColumnBuffer.Longs buffer) implements QuickReader {
        private static final int MOST_DIGITS = 18;
        private static final double[] POWERS = new double[MOST_DIGITS + 1];

        /** More than the rounding of what is left of a division can be off. */
        private static final double SLACK = 0x1p-50;

        static {
            POWERS[0] = 1;
            for (int i = 1; i < POWERS.length; i++) {
                POWERS[i] = 10 * POWERS[i - 1];
            }
        }

        @Override
        public int read(byte[] bytes, int at, int end) {
            boolean quoted = bytes[at] == '"';
            int start = quoted ? at + 1 : at;
            boolean negative = start < end && bytes[start] == '-';
            int first = negative ? start + 1 : start;
            int point = behindDigits(bytes, first, end);
            int whole = point - first;
            if (whole == 0 || whole > MOST_DIGITS || (!quoted && hasLeadingZero(bytes, first, point))) {
                return NOT_USUAL;
            }
            long digits = digits(bytes, first, point);
            int behind = point;
            int fraction = 0;
            if (point < end && bytes[point] == '.') {
                behind = behindDigits(bytes, point + 1, end);
                fraction = behind - point - 1;
                if (fraction == 0 || whole + fraction > MOST_DIGITS) {
                    return NOT_USUAL;
                }
                digits = digits * (long) POWERS[fraction] + digits(bytes, point + 1, behind);
            }
            double value = quotient(digits, POWERS[fraction]);
            if (Double.isNaN(value) || !ends(quoted, bytes, behind, end)) {
                return NOT_USUAL;
            }
            buffer.append(Double.doubleToRawLongBits(negative ? -value : value));
            return quoted ? behind + 1 : behind;
        }

        /**
         * The double that is nearest to the quotient; NaN if that takes a closer look. A double's quotient is too small or
         * large by what is left of the division, which is a double itself (S. Boldo and M. Daumas, Representable correcting terms
         * for possibly underflowing floating point operations, 2003). That, with what the number had beyond a double, and divided
         * in turn, is off by roundings only: if these don't matter, the sum of both is the nearest.
         */
        private static double quotient(long number, double power) {
            double nearly = number;
            double quotient = nearly / power;
            double left = Math.fma(-quotient, power, nearly) + (number - (long) nearly);
            double correction = left / power;
            double low = quotient + correction * (1 - SLACK);
            double high = quotient + correction * (1 + SLACK);
            return low == high ? low : Double.NaN;
        }
    }

    /**
     * A date or time as ISO 8601 has it, with seconds if it has a time, and the offset that a moment needs, which may be of
     * whole hours; or with a blank for the T, as databases write it.
     */
    final class Time implements QuickReader {
        private static final int MICRO_DIGITS = 6;
        private static final int DATE_LENGTH = 10;
        private static final int SECONDS_LENGTH = 19;

        private final TimeColumn column;
        private final boolean moment;
        private final ColumnBuffer buffer;
        private long micros;

        /** Seconds since 1970 in between which the clocks of the column's zone have one offset. */
        private long offsetFrom;

        private long offsetTo;
        private long offset;

        private Time(TimeColumn column, boolean moment, ColumnBuffer buffer) {
            this.column = column;
            this.moment = moment;
            this.buffer = buffer;
        }

        public static @Nullable QuickReader of(TimeColumn column, ColumnBuffer buffer) {
            if (column.epoch() != null || !(column.patterns().getFirst() instanceof TimePattern.Iso iso)) {
                return null;
            }
            return switch (iso) {
                case DATE, DATE_TIME -> new Time(column, false, buffer);
                case MOMENT -> new Time(column, true, buffer);
                case TIME -> null;
            };
        }

        @Override
        public int read(byte[] bytes, int at, int end) {
            if (bytes[at] != '"') {
                return NOT_USUAL;
            }
            int behind = column.patterns().getFirst() == TimePattern.Iso.DATE
                    ? date(bytes, at + 1, end)
                    : dateTime(bytes, at + 1, end);
            if (behind < 0 || behind >= end || bytes[behind] != '"') {
                return NOT_USUAL;
            }
            if (moment && column.wallClock() != null) {
                micros += offset(column.wallClock(), Math.floorDiv(micros, TimeParts.MICROS_PER_SECOND))
                        * TimeParts.MICROS_PER_SECOND;
            }
            if (!TimeColumn.isInRange(micros)) {
                return NOT_USUAL;
            }
            append();
            return behind + 1;
        }

        private void append() {
            switch (column.type()) {
                case DATE -> ((ColumnBuffer.Days) buffer).append(Math.floorDiv(micros, TimeParts.MICROS_PER_DAY));
                case TIMESTAMP -> ((ColumnBuffer.Longs) buffer).append(micros);
                case DATETIME -> {
                    ColumnBuffer.Texts texts = (ColumnBuffer.Texts) buffer;
                    int start = texts.room(TimeText.DATE_TIME_LENGTH);
                    TimeText.dateTime(texts.bytes(), start, micros);
                    texts.appended();
                }
                case TIME -> {
                    ColumnBuffer.Texts texts = (ColumnBuffer.Texts) buffer;
                    int start = texts.room(TimeText.TIME_LENGTH);
                    TimeText.time(texts.bytes(), start, Math.floorMod(micros, TimeParts.MICROS_PER_DAY));
                    texts.appended();
                }
            }
        }

        private long offset(ZoneId zone, long second) {
            if (second < offsetFrom || second >= offsetTo) {
                Instant moment = Instant.ofEpochSecond(second);
                ZoneOffsetTransition next = zone.getRules().nextTransition(moment);
                ZoneOffsetTransition before = zone.getRules().previousTransition(moment.plusSeconds(1));
                offset = zone.getRules().getOffset(moment).getTotalSeconds();
                offsetFrom = before == null ? Long.MIN_VALUE : before.toEpochSecond();
                offsetTo = next == null ? Long.MAX_VALUE : next.toEpochSecond();
            }
            return offset;
        }

        private static int two(byte[] bytes, int at) {
            int tens = bytes[at] - '0';
            int ones = bytes[at + 1] - '0';
            return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? NOT_USUAL : 10 * tens + ones;
        }

        /** Behind the date, which are the micros then. */
        private int date(byte[] bytes, int at, int end) {
            if (at + DATE_LENGTH > end || bytes[at + 4] != '-' || bytes[at + 7] != '-') {
                return NOT_USUAL;
            }
            int century = two(bytes, at);
            int year = two(bytes, at + 2);
            int month = two(bytes, at + 5);
            int day = two(bytes, at + 8);
            if (century < 0 || year < 0 || 100 * century + year < 1 || month < 1 || month > 12 || day < 1) {
                return NOT_USUAL;
            }
            if (day > 28 && day > TimeScanner.daysOfMonth(100 * century + year, month)) {
                return NOT_USUAL;
            }
            micros = LocalDate.of(100 * century + year, month, day).toEpochDay() * TimeParts.MICROS_PER_DAY;
            return at + DATE_LENGTH;
        }

        private int dateTime(byte[] bytes, int at, int end) {
            if (at + SECONDS_LENGTH > end || date(bytes, at, end) < 0) {
                return NOT_USUAL;
            }
            byte between = bytes[at + DATE_LENGTH];
            if (between != 'T' && between != ' ') {
                return NOT_USUAL;
            }
            int hour = two(bytes, at + 11);
            int minute = two(bytes, at + 14);
            int second = two(bytes, at + 17);
            if (hour < 0
                    || hour > 23
                    || minute < 0
                    || minute > 59
                    || second < 0
                    || second > 59
                    || bytes[at + 13] != ':'
                    || bytes[at + 16] != ':') {
                return NOT_USUAL;
            }
            micros += (hour * 3600L + minute * 60L + second) * TimeParts.MICROS_PER_SECOND;
            int i = at + SECONDS_LENGTH;
            if (i < end && bytes[i] == '.') {
                int behind = behindDigits(bytes, i + 1, end);
                int count = behind - i - 1;
                if (count == 0 || count > MICRO_DIGITS) {
                    return NOT_USUAL;
                }
                long fraction = digits(bytes, i + 1, behind);
                for (int n = count; n < MICRO_DIGITS; n++) {
                    fraction *= 10;
                }
                micros += fraction;
                i = behind;
            }
            return moment ? offset(bytes, i, end) : i;
        }

        private int offset(byte[] bytes, int at, int end) {
            if (at < end && bytes[at] == 'Z') {
                return at + 1;
            }
            if (at + 3 > end || (bytes[at] != '+' && bytes[at] != '-')) {
                return NOT_USUAL;
            }
            int hours = two(bytes, at + 1);
            int minutes = 0;
            int behind = at + 3;
            if (behind + 3 <= end && bytes[behind] == ':') {
                minutes = two(bytes, behind + 1);
                behind += 3;
            }
            if (hours < 0 || hours > 17 || minutes < 0 || minutes > 59) {
                return NOT_USUAL;
            }
            long ahead = (hours * 3600L + minutes * 60L) * TimeParts.MICROS_PER_SECOND;
            micros += bytes[at] == '-' ? ahead : -ahead;
            return behind;
        }
    }
}
