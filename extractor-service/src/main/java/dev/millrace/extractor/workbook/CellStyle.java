package dev.millrace.extractor.workbook;

import java.time.LocalDate;
import java.util.Locale;
import org.apache.poi.ss.usermodel.DateUtil;

/** What the number format of a cell makes of a number. */
enum CellStyle {
    NUMBER,
    DATE,
    TIME,
    DATE_TIME,
    /** Hours, and more than 24 of them. */
    ELAPSED;

    private static final long MILLIS_OF_DAY = 86_400_000;
    private static final LocalDate OF_1900 = LocalDate.of(1899, 12, 30);
    private static final LocalDate OF_1904 = LocalDate.of(1904, 1, 1);
    private static final int FIRST_OF_MARCH_1900 = 61;
    private static final int LEAP_DAY_1900 = 60;
    private static final LocalDate LAST = LocalDate.of(9999, 12, 31);

    /**
     * By the number of a format, and its code if the file has one of its own.
     *
     * @see <a href="https://learn.microsoft.com/en-us/dotnet/api/documentformat.openxml.spreadsheet.numberingformat">The
     *     numbers that need no code, and those of East Asia</a>
     */
    static CellStyle of(int number, String code) {
        if (code.isEmpty()) {
            return switch (number) {
                case 14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58 -> DATE;
                case 18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56 -> TIME;
                case 22 -> DATE_TIME;
                case 46 -> ELAPSED;
                default -> NUMBER;
            };
        }
        return DateUtil.isADateFormat(number, code) ? of(code) : NUMBER;
    }

    private static CellStyle of(String code) {
        String plain = code.toLowerCase(Locale.ROOT).replaceAll("\"[^\"]*\"|\\\\.|_.|am/pm|a/p", "");
        if (plain.matches("(?s).*\\[(h+|m+|s+)].*")) {
            return ELAPSED;
        }
        String letters = plain.replaceAll("\\[[^]]*]", "");
        boolean time = letters.contains("h") || letters.contains("s");
        boolean date = letters.contains("y") || letters.contains("d") || (letters.contains("m") && !time);
        return date ? time ? DATE_TIME : DATE : TIME;
    }

    /**
     * The number as it stands in a text, in ISO 8601.
     *
     * @param from1904 whether days are counted from 1904
     * @return empty: there is no such day
     */
    String text(double serial, boolean from1904) {
        long days = (long) Math.floor(serial);
        long millis = Math.round((serial - days) * MILLIS_OF_DAY);
        if (millis == MILLIS_OF_DAY) {
            days++;
            millis = 0;
        }
        if (this == ELAPSED) {
            return serial < 0 ? "" : (days * 24 + millis / 3_600_000) + minutes(millis);
        }
        boolean hasTime = this == TIME || this == DATE_TIME || millis > 0;
        if (this == TIME && days == 0) {
            return clock(millis);
        }
        String date = date(days, from1904);
        return date.isEmpty() ? "" : hasTime ? date + "T" + clock(millis) : date;
    }

    /** What is wrong with a number that is a date by its style, and no day. */
    static String noDay(String number, boolean from1904) {
        return "is a date by its style and has " + number + ", which no day is (expected: a day from "
                + (from1904 ? "1904" : "1900") + " to 9999)";
    }

    private static String date(long days, boolean from1904) {
        if (days < (from1904 ? 0 : 1) || days > 2_958_465 || (!from1904 && days == LEAP_DAY_1900)) {
            return "";
        }
        LocalDate date =
                from1904 ? OF_1904.plusDays(days) : OF_1900.plusDays(days < FIRST_OF_MARCH_1900 ? days + 1 : days);
        return date.isAfter(LAST) ? "" : date.toString();
    }

    private static String clock(long millis) {
        return twoDigits(millis / 3_600_000) + minutes(millis);
    }

    private static String minutes(long millis) {
        long fraction = millis % 1000;
        return ":" + twoDigits(millis / 60_000 % 60) + ":" + twoDigits(millis / 1000 % 60)
                + (fraction == 0 ? "" : "." + Long.toString(1000 + fraction).substring(1));
    }

    private static String twoDigits(long number) {
        return number < 10 ? "0" + number : Long.toString(number);
    }
}
