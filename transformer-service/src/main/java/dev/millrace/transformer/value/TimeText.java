package dev.millrace.transformer.value;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;

/** Times as {@link dev.millrace.staging.StagedType#LITERAL} writes them. */
public final class TimeText {
    private TimeText() {}

    static final int DATE_TIME_LENGTH = "2026-01-31T06:00:00.123456".length();
    static final int TIME_LENGTH = "06:00:00.123456".length();

    /** @param micros since midnight */
    public static String time(long micros) {
        byte[] text = new byte[TIME_LENGTH];
        time(text, 0, micros);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /** @param micros since 1970, in the years 1 to 9999 */
    public static String dateTime(long micros) {
        byte[] text = new byte[DATE_TIME_LENGTH];
        dateTime(text, 0, micros);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /** Writes the same into other text. */
    public static void dateTime(byte[] text, int at, long micros) {
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(micros, TimeParts.MICROS_PER_DAY));
        digits(text, at, 4, date.getYear());
        text[at + 4] = '-';
        digits(text, at + 5, 2, date.getMonthValue());
        text[at + 7] = '-';
        digits(text, at + 8, 2, date.getDayOfMonth());
        text[at + 10] = 'T';
        time(text, at + 11, Math.floorMod(micros, TimeParts.MICROS_PER_DAY));
    }

    /** Likewise. */
    public static void time(byte[] text, int at, long micros) {
        int seconds = (int) (micros / TimeParts.MICROS_PER_SECOND);
        digits(text, at, 2, seconds / 3600);
        text[at + 2] = ':';
        digits(text, at + 3, 2, seconds / 60 % 60);
        text[at + 5] = ':';
        digits(text, at + 6, 2, seconds % 60);
        text[at + 8] = '.';
        digits(text, at + 9, 6, (int) (micros % TimeParts.MICROS_PER_SECOND));
    }

    private static void digits(byte[] text, int at, int count, int number) {
        int rest = number;
        for (int i = at + count - 1; i >= at; i--) {
            text[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
