package dev.millrace.gateway.api;

import dev.millrace.gateway.event.RunEndSignal;
import dev.millrace.gateway.history.History;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** Waits for runs of a batch to end. Safe for use by several threads. */
@Singleton
final class BatchEnd {
    /** That anybody can wait for in one request. */
    static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

    /** For runs that another replica ends. */
    private static final Duration LOOK = Duration.ofMillis(250);

    private static final int LONGEST_KEY = 255;

    private final History history;
    private final RunEndSignal endSignal;

    BatchEnd(History history, RunEndSignal endSignal) {
        this.history = history;
        this.endSignal = endSignal;
    }

    /**
     * The batch when the runs that matter have ended, or as it is when the time is over, or the thread is interrupted.
     *
     * @param matters whether a run is waited for
     */
    List<History.Entry> await(String batch, Duration wait, Predicate<History.Entry> matters) {
        long deadline = System.nanoTime() + wait.toNanos();
        try (RunEndSignal.Watch watch = endSignal.watch(batch)) {
            while (true) {
                List<History.Entry> entries = history.batch(batch);
                Duration left = Duration.ofNanos(deadline - System.nanoTime());
                if (!left.isPositive()
                        || entries.stream()
                                .filter(matters)
                                .allMatch(entry -> entry.run().state().finished())) {
                    return entries;
                }
                watch.await(left.compareTo(LOOK) < 0 ? left : LOOK);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return history.batch(batch);
        }
    }

    /** @throws MillraceException with {@code REQUEST_INVALID} for an {@code Idempotency-Key} that is none */
    static void checkKey(String key) {
        if (key.isBlank() || key.length() > LONGEST_KEY) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "Idempotency-Key: " + key.length() + " characters (expected: 1 to " + LONGEST_KEY
                            + ", not all of them blank)");
        }
    }
}
