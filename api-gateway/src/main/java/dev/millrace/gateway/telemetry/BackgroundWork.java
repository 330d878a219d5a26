package dev.millrace.gateway.telemetry;

import dev.millrace.gateway.event.RunEvent;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.problem.ErrorCode;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.transaction.annotation.TransactionalEventListener;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the gateway does by itself, piece by piece, and which pieces fail: for {@code /health}, for metrics and for the
 * log. A piece that fails keeps no other from being done, and is due again later and later. Knows of this process only,
 * and since its start. Safe for use by several threads.
 */
@Singleton
public class BackgroundWork {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundWork.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    /** After which the log says again that a piece fails. */
    private static final Duration TOLD_AGAIN = Duration.ofHours(1);
    /** More doublings than that are beyond the longest pause. */
    private static final int MOST_DOUBLINGS = 6;
    /** A piece that has not been tried for so long is nobody's any more, such as that of a run which was cancelled. */
    private static final Duration FORGOTTEN = Duration.ofMinutes(5);
    /** For so long a run that can't be read is something to be looked at. */
    private static final Duration UNREADABLE_SHOWN = Duration.ofHours(1);

    private final LongSupplier nanos;
    private final Map<Piece, Failing> failing = new ConcurrentHashMap<>();
    private final Map<String, Long> unreadable = new ConcurrentHashMap<>();
    private final Map<Kind, Counter> failures = new EnumMap<>(Kind.class);
    private final Counter unreadableRuns;

    @Inject
    BackgroundWork(MeterRegistry meters) {
        this(meters, System::nanoTime);
    }

    /** @param nanos a clock as {@link System#nanoTime} is */
    BackgroundWork(MeterRegistry meters, LongSupplier nanos) {
        this.nanos = nanos;
        for (Kind kind : Kind.values()) {
            String label = kind.name().toLowerCase(Locale.ROOT);
            Gauge.builder("millrace.work.failing", () -> failing(kind))
                    .description("Pieces of the gateway's own work that failed when they were last tried")
                    .tag("work", label)
                    .register(meters);
            failures.put(
                    kind,
                    Counter.builder("millrace.work.failures")
                            .description("Tries of the gateway's own work that failed")
                            .tag("work", label)
                            .register(meters));
        }
        this.unreadableRuns = Counter.builder("millrace.runs.unreadable")
                .description("Runs that failed because what is stored of them can't be read")
                .register(meters);
    }

    /** A kind of work; its name in small letters is a label of metrics. */
    public enum Kind {
        /** Posts tasks to services. */
        TASKS,
        /** Starts runs that waited for others. */
        WAITING_RUNS,
        /** Has loads closed. */
        ABORTS,
        /** Asks the loader what its warehouse can hold. */
        CAPABILITIES,
        /** Starts and removes Jobs whose pods do slices. */
        PODS,
        /** Takes tasks from silent services. */
        LEASES,
        /** Archives logs and rejects of runs that have ended. */
        ARCHIVE,
        /** Has logs copied beside what their runs published. */
        LOG_COPIES,
        /** Tells webhooks. */
        NOTIFICATIONS,
        /** Starts endpoints whose schedules have come due. */
        SCHEDULES,
        /** Starts endpoints for objects that arrived. */
        ARRIVALS,
        /** Starts the windows of backfills. */
        BACKFILLS,
        /** Looks for data that are stale. */
        STALENESS,
        /** Deletes what is old. */
        RETENTION
    }

    /** What came of a piece. */
    public enum Result {
        DONE,
        FAILED,
        /** The run database could not do it; a heartbeat that comes then can't be taken either. */
        OUT_OF_REACH
    }

    /** @param id of what it is about; empty: all of the kind, as when nobody can say what there is to do */
    private record Piece(Kind kind, String id) {}

    /**
     * @param times how often in a row
     * @param last when it failed last
     * @param told when the log last said so
     */
    private record Failing(int times, long last, long told) {
        long pause() {
            Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(times - 1, MOST_DOUBLINGS));
            return Math.min(pause.toNanos(), LONGEST_PAUSE.toNanos());
        }
    }

    /**
     * Does all that there is to do of a kind, or finds out what there is.
     */
    public Result attempt(Kind kind, Runnable work) {
        return attempt(kind, "", work);
    }

    /**
     * Does a piece. Whatever it throws, errors included, ends here: the loop around it has to go on.
     *
     * @param id of a run, task or the like
     */
    public Result attempt(Kind kind, String id, Runnable work) {
        try {
            work.run();
            failing.remove(new Piece(kind, id));
            return Result.DONE;
        } catch (Throwable e) {
            failed(new Piece(kind, id), e);
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof SQLException) {
                    return Result.OUT_OF_REACH;
                }
            }
            return Result.FAILED;
        }
    }

    /** Whether a piece may be tried; one that has failed may only after a pause. */
    public boolean isDue(Kind kind, String id) {
        Failing piece = failing.get(new Piece(kind, id));
        return piece == null || nanos.getAsLong() - piece.last() >= piece.pause();
    }

    /** How many pieces of a kind failed when they were last tried. */
    public int failing(Kind kind) {
        long now = nanos.getAsLong();
        failing.values().removeIf(piece -> now - piece.last() > FORGOTTEN.toNanos());
        return (int)
                failing.keySet().stream().filter(piece -> piece.kind() == kind).count();
    }

    /** How many runs failed of late because what is stored of them can't be read, and have not ended otherwise since. */
    int unreadableRuns() {
        long now = nanos.getAsLong();
        unreadable.values().removeIf(since -> now - since > UNREADABLE_SHOWN.toNanos());
        return unreadable.size();
    }

    @TransactionalEventListener
    void heard(RunEvent event) {
        if (event instanceof RunEvent.Ended(RunRow run, RunEvent.End end, Instant _)) {
            if (end instanceof RunEvent.End.Failed(ErrorCode code, String _) && code == ErrorCode.SPEC_UNREADABLE) {
                unreadable.put(run.id(), nanos.getAsLong());
                unreadableRuns.increment();
            } else {
                unreadable.remove(run.id());
            }
        }
    }

    private void failed(Piece piece, Throwable failure) {
        long now = nanos.getAsLong();
        Objects.requireNonNull(failures.get(piece.kind())).increment();
        Failing after = failing.compute(
                piece,
                (_, before) -> before == null
                        ? new Failing(1, now, now)
                        : new Failing(
                                before.times() + 1,
                                now,
                                now - before.told() >= TOLD_AGAIN.toNanos() ? now : before.told()));
        if (after.told() == now) {
            LOG.warn(
                    "{}{}: tried again later, {} failed in a row: {}",
                    piece.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    piece.id().isEmpty() ? "" : " of " + piece.id(),
                    after.times(),
                    failure.toString());
        }
        LOG.debug("why", failure);
    }
}
