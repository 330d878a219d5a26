package dev.millrace.emulator.bigquery;

import dev.millrace.emulator.http.ApiException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What goes wrong while jobs are executed, on order. Safe for use by several threads. */
public final class JobFaults {
    private final List<Order> orders = new ArrayList<>();
    private final Semaphore held = new Semaphore(0);

    /** @param error null: none, it only waits */
    private record Order(Pattern job, @Nullable ApiException error, CountDownLatch released) {}

    /** A job that was stopped right before its end. */
    public static final class Held {
        private final CountDownLatch released;

        private Held(CountDownLatch released) {
            this.released = released;
        }

        /** Lets it go on. */
        public void release() {
            released.countDown();
        }
    }

    /**
     * Fails the next job that fits, after its work and before its commit; nothing of it stays.
     *
     * @param job a regular expression, found anywhere in the job's id
     * @param reason as Google names it, such as {@code quotaExceeded}
     * @see <a href="https://cloud.google.com/bigquery/docs/error-messages">Error messages</a>
     */
    public synchronized void fail(String job, String reason, String message) {
        orders.add(new Order(Pattern.compile(job), new ApiException(400, reason, message), new CountDownLatch(0)));
    }

    /** Stops the next job that fits, after its work and before its commit. */
    public synchronized Held hold(String job) {
        CountDownLatch released = new CountDownLatch(1);
        orders.add(new Order(Pattern.compile(job), null, released));
        return new Held(released);
    }

    /** Waits until a job has come to where it is held. */
    public void awaitHeld() throws InterruptedException {
        held.acquire();
    }

    /** Called by a job before its commit. */
    void beforeCommit(String job) throws InterruptedException {
        Order order = next(job);
        if (order != null) {
            if (order.error() == null) {
                held.release();
            }
            order.released().await();
            if (order.error() != null) {
                throw order.error();
            }
        }
    }

    private synchronized @Nullable Order next(String job) {
        for (Iterator<Order> all = orders.iterator(); all.hasNext(); ) {
            Order order = all.next();
            if (order.job().matcher(job).find()) {
                all.remove();
                return order;
            }
        }
        return null;
    }
}
