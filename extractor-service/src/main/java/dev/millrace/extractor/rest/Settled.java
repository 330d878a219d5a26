package dev.millrace.extractor.rest;

import dev.millrace.pipeline.rest.RestCursor;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.net.http.HttpHeaders;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Which records a run reads, and which are so new that they are left to a later one: those behind a moment that is the
 * same for all answers, since the next run begins with the largest value that this one has read. For several threads.
 */
final class Settled {
    private final Duration settle;
    private final ZoneId zone;
    private final AtomicReference<@Nullable Instant> until = new AtomicReference<>();

    private Settled(Duration settle, ZoneId zone) {
        this.settle = settle;
        this.zone = zone;
    }

    /** Null: all are read. */
    static @Nullable Settled of(RestCursor cursor) {
        return cursor.settle() == null ? null : new Settled(cursor.settle(), cursor.timezone());
    }

    /** Takes the time from the first answer: from its header, or, where it has none, from our clock. */
    void answered(HttpHeaders headers) {
        if (until.get() == null) {
            until.compareAndSet(null, time(headers).minus(settle));
        }
    }

    private static Instant time(HttpHeaders headers) {
        String date = headers.firstValue("Date").orElse("");
        try {
            return DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from);
        } catch (DateTimeException e) {
            return Clock.systemUTC().instant();
        }
    }

    /** The moment; null: there was no answer yet. */
    @Nullable
    Instant until() {
        return until.get();
    }

    /** Goes on with what an earlier attempt has found out. */
    void until(@Nullable Instant earlier) {
        until.set(earlier);
    }

    /**
     * Whether a record with the cursor is read.
     *
     * @throws MillraceException when it is no time
     */
    boolean has(CursorText cursor) {
        Instant last = Objects.requireNonNull(until.get(), "an answer comes before its records");
        return switch (cursor.value()) {
            case OffsetDateTime time -> !time.toInstant().isAfter(last);
            case LocalDateTime time -> !time.atZone(zone).toInstant().isAfter(last);
            case LocalDate date -> !date.isAfter(LocalDate.ofInstant(last, zone));
            case null, default ->
                throw new MillraceException(
                        ErrorCode.PIPELINE_INVALID,
                        "the cursor of a record is '" + cursor.text()
                                + "', and there is a cursor.settle (expected: a time as"
                                + " in 2026-01-31T08:30:00Z, or a date; or no settle)");
        };
    }
}
