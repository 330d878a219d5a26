package dev.millrace.loader;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The queries of users: only so many at once. Safe for use by several threads. */
@Singleton
final class WarehouseQueries {
    /** What a query waits for others. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Warehouse warehouse;
    private final QueryConfig config;
    private final Semaphore room;
    private final Map<String, Cancellation> cancellations = new ConcurrentHashMap<>();

    WarehouseQueries(Warehouse warehouse, QueryConfig config) {
        this.warehouse = warehouse;
        this.config = config;
        this.room = new Semaphore(config.queries(), true);
    }

    /** A query that is asked. */
    interface Asked<T> {
        T answer() throws InterruptedException;
    }

    /**
     * Answers on this thread, which {@link #cancel} interrupts.
     *
     * @param id null: it can't be cancelled
     * @throws MillraceException {@code QUERY_FAILED} when it was cancelled
     * @throws InterruptedException when the service ends
     */
    <T> T cancellable(@Nullable String id, Asked<T> asked) throws InterruptedException {
        if (id == null) {
            return asked.answer();
        }
        Cancellation cancellation = new Cancellation(Thread.currentThread());
        cancellations.put(id, cancellation);
        try {
            return asked.answer();
        } catch (InterruptedException e) {
            if (cancellation.isCancelled()) {
                throw new MillraceException(ErrorCode.QUERY_FAILED, "the query was cancelled", e);
            }
            throw e;
        } finally {
            cancellations.remove(id);
            cancellation.end();
        }
    }

    /** Ends the query of this id, if it runs or waits. */
    void cancel(String id) {
        Cancellation cancellation = cancellations.get(id);
        if (cancellation != null) {
            cancellation.cancel();
        }
    }

    /** Interrupts a thread as long as it answers, and never later. */
    private static final class Cancellation {
        private final Thread thread;
        private boolean cancelled;
        private boolean ended;

        Cancellation(Thread thread) {
            this.thread = thread;
        }

        synchronized void cancel() {
            if (!ended) {
                cancelled = true;
                thread.interrupt();
            }
        }

        synchronized boolean isCancelled() {
            return cancelled;
        }

        synchronized void end() {
            ended = true;
        }
    }

    /**
     * Answers in turn.
     *
     * @throws MillraceException {@code BUSY} when others take too long, {@code QUERY_REFUSED} or {@code QUERY_FAILED}
     * @throws InterruptedException once the query has ended
     */
    Query.Result answer(Query query) throws InterruptedException {
        if (!room.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new MillraceException(
                    ErrorCode.BUSY,
                    "the query has waited " + PATIENCE.toSeconds() + " s for " + config.queries() + " others");
        }
        try {
            return warehouse.query(query);
        } finally {
            room.release();
        }
    }
}
