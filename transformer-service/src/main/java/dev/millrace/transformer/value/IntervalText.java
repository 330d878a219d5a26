package dev.millrace.transformer.value;

import dev.millrace.transformer.json.InvalidFieldValue;
import io.micronaut.core.annotation.Nullable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The reader of intervals in ISO 8601 ({@code P1Y2M3DT4H5M6.5S}, each number with its own sign) and as BigQuery writes
 * them ({@code 1-2 3 4:5:6.5}), and their writer in the latter form, the parts within their ranges.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#interval_type
 */
final class IntervalText {
    private static final String NUMBER = "([+-]?[0-9]{1,15})";
    private static final Pattern ISO = Pattern.compile("([+-]?)P(?=.)(?:" + NUMBER + "Y)?(?:" + NUMBER + "M)?(?:"
            + NUMBER + "W)?(?:" + NUMBER + "D)?(?:T(?=.)(?:" + NUMBER + "H)?(?:" + NUMBER
            + "M)?(?:([+-]?)([0-9]{1,15})(?:\\.([0-9]{1,9}))?S)?)?");
    private static final Pattern CANONICAL = Pattern.compile("([+-]?)([0-9]{1,5})-([0-9]{1,2}) ([+-]?[0-9]{1,7})"
            + " ([+-]?)([0-9]{1,8}):([0-9]{1,2}):([0-9]{1,2})(?:\\.([0-9]{1,9}))?");

    private static final long MAX_MONTHS = 10_000 * 12;
    private static final long MAX_DAYS = 3_660_000;
    private static final long SECOND = 1_000_000;
    private static final long HOUR = 3_600 * SECOND;
    private static final long MAX_MICROS = 87_840_000 * HOUR;

    private IntervalText() {}

    static String canonical(String text) throws InvalidFieldValue {
        try {
            Matcher iso = ISO.matcher(text);
            if (iso.matches()) {
                return iso(iso);
            }
            Matcher canonical = CANONICAL.matcher(text);
            if (canonical.matches()
                    && number(canonical, 3) < 12
                    && number(canonical, 7) < 60
                    && number(canonical, 8) < 60) {
                return written(
                        sign(canonical, 1) * (number(canonical, 2) * 12 + number(canonical, 3)),
                        number(canonical, 4),
                        sign(canonical, 5)
                                * (number(canonical, 6) * HOUR
                                        + (number(canonical, 7) * 60 + number(canonical, 8)) * SECOND
                                        + micros(canonical.group(9))));
            }
        } catch (ArithmeticException e) {
            throw outOfRange();
        }
        throw new InvalidFieldValue("is not an interval such as P1Y2M3DT4H5M6.5S or 1-2 3 4:5:6.5");
    }

    private static String iso(Matcher parts) throws InvalidFieldValue {
        int sign = sign(parts, 1);
        long months = Math.addExact(Math.multiplyExact(number(parts, 2), 12), number(parts, 3));
        long days = Math.addExact(Math.multiplyExact(number(parts, 4), 7), number(parts, 5));
        long minutes = Math.addExact(Math.multiplyExact(number(parts, 6), 60), number(parts, 7));
        long fraction = sign(parts, 8) * micros(parts.group(10));
        long seconds = Math.addExact(Math.multiplyExact(minutes, 60), sign(parts, 8) * number(parts, 9));
        return written(sign * months, sign * days, sign * Math.addExact(Math.multiplyExact(seconds, SECOND), fraction));
    }

    /** 0 when the part is missing. */
    private static long number(Matcher parts, int group) {
        String digits = parts.group(group);
        return digits == null ? 0 : Long.parseLong(digits);
    }

    private static int sign(Matcher parts, int group) {
        return "-".equals(parts.group(group)) ? -1 : 1;
    }

    /** @param fraction digits after the point; null: none */
    private static long micros(@Nullable String fraction) throws InvalidFieldValue {
        if (fraction == null) {
            return 0;
        }
        String nanos = fraction + "0".repeat(9 - fraction.length());
        if (!nanos.endsWith("000")) {
            throw new InvalidFieldValue("is finer than the microseconds that INTERVAL keeps");
        }
        return Long.parseLong(nanos.substring(0, 6));
    }

    private static String written(long months, long days, long micros) throws InvalidFieldValue {
        if (Math.abs(months) > MAX_MONTHS || Math.abs(days) > MAX_DAYS || Math.abs(micros) > MAX_MICROS) {
            throw outOfRange();
        }
        long time = Math.abs(micros);
        StringBuilder text = new StringBuilder();
        text.append(months < 0 ? "-" : "")
                .append(Math.abs(months) / 12)
                .append('-')
                .append(Math.abs(months) % 12);
        text.append(' ').append(days);
        text.append(' ').append(micros < 0 ? "-" : "").append(time / HOUR);
        text.append(':').append(time / (60 * SECOND) % 60).append(':').append(time / SECOND % 60);
        if (time % SECOND != 0) {
            text.append('.')
                    .append(String.valueOf(SECOND + time % SECOND).substring(1).replaceFirst("0+$", ""));
        }
        return text.toString();
    }

    private static InvalidFieldValue outOfRange() {
        return new InvalidFieldValue(
                "is outside of INTERVAL's range, 10000 years, 3660000 days and 87840000 hours either way");
    }
}
