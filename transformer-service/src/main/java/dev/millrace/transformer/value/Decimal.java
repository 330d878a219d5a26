package dev.millrace.transformer.value;

import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * A decimal number of any size, taken apart without computing it, so that {@code 1e999999999} costs nothing.
 *
 * @param digits significant ones, without zeros at either end; empty for zero
 * @param exponent of ten that the digits are multiplied with
 */
record Decimal(boolean negative, String digits, long exponent) {
    /** Beyond every limit, and far from overflow. */
    private static final long HUGE = Integer.MAX_VALUE;

    /** Null when the text is no decimal number: an optional sign, digits with or without a point, an optional exponent. */
    public static @Nullable Decimal of(String text) {
        int at = 0;
        boolean negative = text.startsWith("-");
        if (negative || text.startsWith("+")) {
            at++;
        }
        int start = at;
        at = skipDigits(text, at);
        String whole = text.substring(start, at);
        String fraction = "";
        if (at < text.length() && text.charAt(at) == '.') {
            start = at + 1;
            at = skipDigits(text, start);
            fraction = text.substring(start, at);
        }
        if (whole.isEmpty() && fraction.isEmpty()) {
            return null;
        }
        long exponent = 0;
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            at++;
            boolean down = text.startsWith("-", at);
            if (down || text.startsWith("+", at)) {
                at++;
            }
            start = at;
            at = skipDigits(text, at);
            if (at == start) {
                return null;
            }
            for (int i = start; i < at; i++) {
                exponent = Math.min(HUGE, exponent * 10 + text.charAt(i) - '0');
            }
            exponent = down ? -exponent : exponent;
        }
        return at == text.length() ? normal(negative, whole + fraction, exponent - fraction.length()) : null;
    }

    private static Decimal normal(boolean negative, String digits, long exponent) {
        int first = 0;
        while (first < digits.length() && digits.charAt(first) == '0') {
            first++;
        }
        int end = digits.length();
        while (end > first && digits.charAt(end - 1) == '0') {
            end--;
        }
        return first == end
                ? new Decimal(false, "", 0)
                : new Decimal(negative, digits.substring(first, end), exponent + digits.length() - end);
    }

    private static int skipDigits(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at;
    }

    public boolean isZero() {
        return digits.isEmpty();
    }

    /** How many digits are needed after the point. */
    long fractionDigits() {
        return Math.max(0, -exponent);
    }

    /** How many digits are needed before the point. */
    long wholeDigits() {
        return Math.max(0, digits.length() + exponent);
    }

    /** The same digits, with the point {@code places} further to the right. */
    Decimal shifted(int places) {
        return isZero() ? this : new Decimal(negative, digits, exponent + places);
    }

    /**
     * What stands behind the digits that are kept, compared with a half of the last of these: less, equal or greater
     * than 0.
     *
     * @param scale how many digits are kept after the point, fewer than there are
     */
    int restToHalf(int scale) {
        long kept = digits.length() + exponent + scale;
        if (kept < 0) {
            return -1;
        }
        char next = digits.charAt((int) kept);
        return next != '5' ? Character.compare(next, '5') : kept + 1 < digits.length() ? 1 : 0;
    }

    /**
     * The number without the digits behind the scale; only for one whose digits before the point are few.
     *
     * @param grown whether one more of what the last digit counts
     */
    public Decimal cut(int scale, boolean grown) {
        if (fractionDigits() <= scale) {
            return this;
        }
        int kept = (int) Math.max(0, digits.length() + exponent + scale);
        BigInteger cut = kept == 0 ? BigInteger.ZERO : new BigInteger(digits.substring(0, kept));
        return normal(negative, (grown ? cut.add(BigInteger.ONE) : cut).toString(), -scale);
    }

    /** The number itself; only for one whose digits before and after the point are few. */
    public BigDecimal value() {
        if (isZero()) {
            return BigDecimal.ZERO;
        }
        BigInteger unscaled = new BigInteger(digits);
        return new BigDecimal(negative ? unscaled.negate() : unscaled, Math.toIntExact(-exponent));
    }
}
