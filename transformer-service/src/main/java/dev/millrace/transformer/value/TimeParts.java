package dev.millrace.transformer.value;

import io.micronaut.core.annotation.Nullable;
import java.time.ZoneId;

/**
 * The parts of a date and a time that a text names, each within its range and the date one that exists. Filled while
 * the text is read; for one thread.
 */
final class TimeParts {
    static final long MICROS_PER_SECOND = 1_000_000;
    static final long MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND;

    public int year;
    int month;
    public int day;
    /** From 1; 0 when the text has a month instead, or no date. */
    int dayOfYear;
    /** From Monday, 1, to Sunday, 7; 0 when the text has none. */
    int dayOfWeek;
    /** Of ISO 8601, whose years begin with the first week of more than three days; 0 when the text has none. */
    int weekYear;
    /** From 1. */
    int week;

    int hour;
    int minute;
    public int second;
    public long micros;
    /** The text has digits after the sixth of a second's fraction, and not only zeros. */
    boolean tooFine;
    /** The first of those digits is 5 or more. */
    boolean nearerToNext;
    /** Of the offset or zone in the text; null when it has none. */
    @Nullable
    public ZoneId zone;
    /** Seconds since 1970; null when the text has a date instead. */
    @Nullable
    public Long epoch;

    long microsOfDay() {
        return ((hour * 60L + minute) * 60 + second) * MICROS_PER_SECOND + micros;
    }
}
