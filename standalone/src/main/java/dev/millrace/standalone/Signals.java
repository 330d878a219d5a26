package dev.millrace.standalone;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The handling of Ctrl-C and of termination signals: the thread that works is interrupted, and the process ends when
 * that thread has closed what it has open, in its order.
 */
final class Signals {
    private static final Duration CLOSING_ALLOWED = Duration.ofSeconds(60);

    private final CountDownLatch closed = new CountDownLatch(1);

    private final PrintWriter err;

    private Signals(PrintWriter err) {
        this.err = err;
    }

    /**
     * From here on, signals interrupt the calling thread.
     *
     * @param err told when that doesn't help
     */
    static Signals interruptThisThread(PrintWriter err) {
        Signals signals = new Signals(err);
        Thread working = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> signals.stop(working), "stop"));
        return signals;
    }

    private void stop(Thread working) {
        if (closed.getCount() == 0) {
            return; // the process ends by itself
        }
        working.interrupt();
        try {
            if (!closed.await(CLOSING_ALLOWED.toMillis(), TimeUnit.MILLISECONDS)) {
                err.println("ended by force, for closing took more than " + CLOSING_ALLOWED.toSeconds() + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The thread has closed everything. */
    void closed() {
        closed.countDown();
    }
}
