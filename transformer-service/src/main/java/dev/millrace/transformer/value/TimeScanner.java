package dev.millrace.transformer.value;

import io.micronaut.core.annotation.Nullable;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.List;

/**
 * The scanner that takes the parts of a date or time off a text, from left to right and without going back. Every step
 * answers whether the text went on as expected; digits and letters are ASCII's, names English, whatever the locale.
 * For one thread.
 */
final class TimeScanner {
    private static final List<String> MONTHS = List.of(
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December");

    /** Of a second's fraction, as far as the types keep it. */
    private static final int MICRO_DIGITS = 6;

    private static final List<String> DAYS =
            List.of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday");

    /** What a zone's name is made of; more than that is not offered to the JDK. */
    private static final int MAX_ZONE = 50;

    private final String text;
    private final TimeParts parts = new TimeParts();
    private int at;
    private int number;

    TimeScanner(String text) {
        this.text = text;
    }

    /** The parts, when the text has been read to its end and its date exists. */
    @Nullable
    public TimeParts end() {
        return at == text.length() && exists() ? parts : null;
    }

    /** Whether the date does, if there is one; whichever way it was written, it is one of a month then. */
    private boolean exists() {
        if (parts.dayOfYear > 0) {
            return parts.dayOfYear <= (isLeap(parts.year) ? 366 : 365)
                    && take(LocalDate.ofYearDay(parts.year, parts.dayOfYear));
        }
        if (parts.weekYear > 0) {
            LocalDate inFirstWeek = LocalDate.of(parts.weekYear, 1, 4);
            return parts.week
                            <= IsoFields.WEEK_OF_WEEK_BASED_YEAR
                                    .rangeRefinedBy(inFirstWeek)
                                    .getMaximum()
                    && take(inFirstWeek
                            .with(ChronoField.DAY_OF_WEEK, parts.dayOfWeek)
                            .plusWeeks(parts.week - 1L));
        }
        return parts.day == 0 || parts.day <= daysOfMonth(parts.year, parts.month);
    }

    private boolean take(LocalDate date) {
        parts.year = date.getYear();
        parts.month = date.getMonthValue();
        parts.day = date.getDayOfMonth();
        return parts.year >= 1 && parts.year <= 9999;
    }

    private static boolean isLeap(int year) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }

    static int daysOfMonth(int year, int month) {
        return switch (month) {
            case 2 -> isLeap(year) ? 29 : 28;
            case 4, 6, 9, 11 -> 30;
            default -> 31;
        };
    }

    boolean literal(char expected) {
        if (at < text.length() && text.charAt(at) == expected) {
            at++;
            return true;
        }
        return false;
    }

    /** Reads as many digits as there are, at most {@code most}, into {@link #number}. */
    private boolean digits(int least, int most, int min, int max) {
        int start = at;
        int end = Math.min(text.length(), start + most);
        int i = start;
        int value = 0;
        while (i < end && isDigit(text.charAt(i))) {
            value = value * 10 + text.charAt(i++) - '0';
        }
        at = i;
        number = value;
        return i - start >= least && value >= min && value <= max;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    public boolean year() {
        boolean found = digits(4, 4, 1, 9999);
        parts.year = number;
        return found;
    }

    /** As POSIX has it: 69 to 99 are in the twentieth century, the others in the one after. */
    boolean yearOfCentury() {
        boolean found = digits(2, 2, 0, 99);
        parts.year = number < 69 ? 2000 + number : 1900 + number;
        return found;
    }

    boolean month(int leastDigits) {
        boolean found = digits(leastDigits, 2, 1, 12);
        parts.month = number;
        return found;
    }

    boolean monthName() {
        parts.month = name(MONTHS);
        return parts.month > 0;
    }

    boolean dayName() {
        parts.dayOfWeek = name(DAYS);
        return parts.dayOfWeek > 0;
    }

    /** In full or its first three letters, upper or lower case; its place, from 1, or 0 when it is none of them. */
    private int name(List<String> names) {
        for (int i = 0; i < names.size(); i++) {
            if (name(names.get(i)) || name(names.get(i).substring(0, 3))) {
                return i + 1;
            }
        }
        return 0;
    }

    boolean dayOfWeek() {
        boolean found = digits(1, 1, 1, 7);
        parts.dayOfWeek = number;
        return found;
    }

    boolean dayOfWeekFromSunday() {
        boolean found = digits(1, 1, 0, 6);
        parts.dayOfWeek = number == 0 ? 7 : number;
        return found;
    }

    boolean dayOfYear() {
        boolean found = digits(1, 3, 1, 366);
        parts.dayOfYear = number;
        return found;
    }

    boolean weekYear() {
        boolean found = digits(4, 4, 1, 9999);
        parts.weekYear = number;
        return found;
    }

    boolean week() {
        boolean found = digits(1, 2, 1, 53);
        parts.week = number;
        return found;
    }

    private boolean name(String name) {
        int end = at + name.length();
        if (end > text.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = text.charAt(at + i);
            if ((c | 0x20) != (name.charAt(i) | 0x20)) { // all of them are ASCII letters
                return false;
            }
        }
        at = end;
        return true;
    }

    public boolean day(int leastDigits) {
        boolean found = digits(leastDigits, 2, 1, 31);
        parts.day = number;
        return found;
    }

    /** Of one digit, padded with a blank or not, or of two. */
    boolean paddedDay() {
        boolean found = literal(' ') ? digits(1, 1, 1, 9) : digits(1, 2, 1, 31);
        parts.day = number;
        return found;
    }

    boolean hour(int leastDigits) {
        boolean found = digits(leastDigits, 2, 0, 23);
        parts.hour += number;
        return found;
    }

    /** Of one digit, padded with a blank or not, or of two. */
    boolean paddedHour() {
        boolean found = literal(' ') ? digits(1, 1, 0, 9) : digits(1, 2, 0, 23);
        parts.hour += number;
        return found;
    }

    /** Of one digit, padded with a blank or not, or of two. */
    boolean paddedHourOfHalfDay() {
        boolean found = literal(' ') ? digits(1, 1, 1, 9) : digits(1, 2, 1, 12);
        parts.hour += number % 12;
        return found;
    }

    boolean hourOfHalfDay() {
        boolean found = digits(1, 2, 1, 12);
        parts.hour += number % 12;
        return found;
    }

    boolean halfDay() {
        if (name("PM")) {
            parts.hour += 12;
            return true;
        }
        return name("AM");
    }

    boolean minute(int leastDigits) {
        boolean found = digits(leastDigits, 2, 0, 59);
        parts.minute = number;
        return found;
    }

    /** A leap second has no place in any of the types. */
    public boolean second(int leastDigits) {
        boolean found = digits(leastDigits, 2, 0, 59);
        parts.second = number;
        return found;
    }

    /** A point and one to nine digits, or nothing at all. */
    public boolean fraction() {
        if (!literal('.')) {
            return true;
        }
        int start = at;
        long unit = TimeParts.MICROS_PER_SECOND;
        while (at < text.length() && at - start < 9 && isDigit(text.charAt(at))) {
            int digit = text.charAt(at) - '0';
            unit /= 10;
            parts.micros += digit * unit;
            parts.tooFine |= unit == 0 && digit != 0;
            parts.nearerToNext |= at - start == MICRO_DIGITS && digit >= 5;
            at++;
        }
        return at > start;
    }

    /** {@code Z}, {@code +01}, {@code +0100} or {@code +01:00}, up to 18 hours. */
    public boolean offset() {
        if (literal('Z') || literal('z')) {
            parts.zone = ZoneOffset.UTC;
            return true;
        }
        boolean west = literal('-');
        if (!west && !literal('+')) {
            return false;
        }
        if (!digits(2, 2, 0, 18)) {
            return false;
        }
        int seconds = number * 3600;
        boolean colon = literal(':');
        if (colon || (at < text.length() && isDigit(text.charAt(at)))) {
            if (!digits(2, 2, 0, 59)) {
                return false;
            }
            seconds += number * 60;
        }
        if (seconds > ZoneOffset.MAX.getTotalSeconds()) {
            return false;
        }
        parts.zone = ZoneOffset.ofTotalSeconds(west ? -seconds : seconds);
        return true;
    }

    /** UTC, GMT, an offset or a name such as Asia/Singapore; abbreviations mean too many things. */
    public boolean zone() {
        int start = at;
        while (at < text.length() && isPartOfZone(text.charAt(at))) {
            at++;
        }
        String name = text.substring(start, at);
        if (name.equals("UTC") || name.equals("GMT")) {
            parts.zone = ZoneOffset.UTC;
            return true;
        }
        if (name.indexOf('/') > 0 && name.length() <= MAX_ZONE) {
            try {
                parts.zone = ZoneId.of(name);
                return true;
            } catch (DateTimeException e) {
                return false;
            }
        }
        at = start;
        return offset();
    }

    private static boolean isPartOfZone(char c) {
        return isDigit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || "/_+-".indexOf(c) >= 0;
    }

    /** Whole seconds since 1970. */
    public boolean epoch() {
        boolean before = literal('-');
        int start = at;
        long seconds = 0;
        while (at < text.length() && isDigit(text.charAt(at)) && at - start < 18) {
            seconds = seconds * 10 + text.charAt(at) - '0';
            at++;
        }
        parts.epoch = before ? -seconds : seconds;
        return at > start;
    }
}
