package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.Temporal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A cursor that is a time, in one of the forms in which APIs and databases write one (ISO 8601, RFC 3339, SQL). */
public final class CursorTime {
    /** Groups: date, what is between, time, fraction, offset. */
    public static final Pattern FORM =
            Pattern.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})([Tt ])([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
                    + "(\\.[0-9]{1,9})?(Z|z|[+-][0-9]{2}(?::?[0-9]{2})?)?");

    private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");

    private CursorTime() {}

    /**
     * A {@link LocalDate}, a {@link LocalDateTime} or, where there is an offset, a {@link java.time.OffsetDateTime}; null
     * when it is no time.
     */
    public static @Nullable Temporal parse(String cursor) {
        try {
            if (DATE.matcher(cursor).matches()) {
                return LocalDate.parse(cursor);
            }
            Matcher parts = FORM.matcher(cursor);
            return parts.matches() ? parsed(parts) : null;
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static Temporal parsed(Matcher parts) {
        String seconds = parts.group(3).length() == 5 ? ":00" : "";
        String fraction = parts.group(4) == null ? "" : parts.group(4);
        LocalDateTime local = LocalDateTime.parse(parts.group(1) + "T" + parts.group(3) + seconds + fraction);
        String offset = parts.group(5);
        return offset == null
                ? local
                : local.atOffset(offset.equalsIgnoreCase("z") ? ZoneOffset.UTC : ZoneOffset.of(offset));
    }
}
