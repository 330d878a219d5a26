package dev.millrace.extractor.rest;

import dev.millrace.pipeline.CursorTime;
import dev.millrace.pipeline.Overlap;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A cursor as an API writes it, and what it is. An API doesn't compare its values for us, so that is done here, for kinds
 * of values that have one order only; the text stays as it is, with all of its digits.
 *
 * @param value {@link BigDecimal}, {@link LocalDate}, {@link LocalDateTime} or, where it has an offset, {@link
 *     OffsetDateTime}; null: something else
 */
record CursorText(String text, @Nullable Object value) {
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,400}(\\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?");
    private static final DateTimeFormatter NANOS = DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSSSSS", Locale.ROOT);

    static CursorText of(String text) {
        return new CursorText(text, NUMBER.matcher(text).matches() ? new BigDecimal(text) : CursorTime.parse(text));
    }

    /**
     * Whether it is behind the other one.
     *
     * @throws MillraceException when they can't be compared
     */
    boolean isAfter(CursorText other) {
        return switch (value) {
            case BigDecimal mine when other.value instanceof BigDecimal number -> mine.compareTo(number) > 0;
            case LocalDate mine when other.value instanceof LocalDate date -> mine.isAfter(date);
            case LocalDateTime mine when other.value instanceof LocalDateTime time -> mine.isAfter(time);
            case OffsetDateTime mine when other.value instanceof OffsetDateTime time -> mine.isAfter(time);
            case null, default ->
                throw new MillraceException(
                        ErrorCode.SOURCE_MALFORMED,
                        "the cursors '" + text + "' and '" + other.text + "' can't be compared (expected: numbers, or"
                                + " dates, or times as in 2026-01-31T08:30:00Z, all of one kind; or take: last)");
        };
    }

    /**
     * So much before, written in the same way.
     *
     * @param overlap see {@link Overlap}
     * @throws MillraceException when it is of another kind
     */
    String less(String overlap) {
        Duration duration = Overlap.duration(overlap).orElse(null);
        return switch (value) {
            case BigDecimal number
            when duration == null -> number.subtract(new BigDecimal(overlap)).toPlainString();
            case LocalDate date
            when duration != null ->
                date.atStartOfDay().minus(duration).toLocalDate().toString();
            case LocalDateTime time when duration != null -> written(time.minus(duration));
            case OffsetDateTime time
            when duration != null -> written(time.minus(duration).toLocalDateTime());
            case null, default ->
                throw new MillraceException(
                        ErrorCode.PIPELINE_INVALID,
                        "the cursor is '" + text + "', and cursor.overlap " + overlap
                                + " (expected: a duration where it is a time, a number where it is one, and else nothing)");
        };
    }

    private String written(LocalDateTime time) {
        Matcher parts = CursorTime.FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalStateException(text);
        }
        int digits = parts.group(4) == null ? 0 : parts.group(4).length();
        String clock = NANOS.format(time).substring(0, "HH:mm:ss".length() + digits);
        return time.toLocalDate() + parts.group(2) + clock + (parts.group(5) == null ? "" : parts.group(5));
    }
}
