package dev.millrace.extractor.workbook;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers of cells as texts, without exponents. */
final class NumberText {
    /** Digits that Excel shows. */
    private static final MathContext SHOWN = new MathContext(15, RoundingMode.HALF_UP);

    private static final int LARGEST_EXPONENT = 400; // a double has 308

    private NumberText() {}

    /** Whether the text is a number that stands as it is: digits, a sign, a point, few enough of them to be shown. */
    static boolean isPlain(char[] characters, int from, int to) {
        int at = from < to && characters[from] == '-' ? from + 1 : from;
        int digits = 0;
        boolean point = false;
        for (int i = at; i < to; i++) {
            char one = characters[i];
            if (one >= '0' && one <= '9') {
                digits++;
            } else if (one == '.' && !point && i > at && i + 1 < to) {
                point = true;
            } else {
                return false;
            }
        }
        return digits > 0 && digits <= SHOWN.getPrecision();
    }

    /**
     * @param displayed whether only the digits that Excel shows are wanted
     * @return empty: it is none
     */
    static String of(String text, boolean displayed) {
        BigDecimal number;
        try {
            number = new BigDecimal(text.strip());
        } catch (NumberFormatException e) {
            return "";
        }
        if (Math.abs((long) number.precision() - number.scale()) > LARGEST_EXPONENT
                || number.scale() > 2 * LARGEST_EXPONENT) {
            return "";
        }
        BigDecimal shown = displayed ? number.round(SHOWN) : number;
        return shown.signum() == 0 ? "0" : shown.stripTrailingZeros().toPlainString();
    }

    static String of(double number, boolean displayed) {
        long whole = (long) number;
        if (whole == number && Math.abs(whole) < 1_000_000_000_000_000L) {
            return Long.toString(whole);
        }
        return of(Double.toString(number), displayed);
    }
}
