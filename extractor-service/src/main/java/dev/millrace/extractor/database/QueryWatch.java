package dev.millrace.extractor.database;

import dev.millrace.worker.StoppedException;
import dev.millrace.worker.TaskContext;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends the server's query when the task is stopped, while the task's own thread waits for the next row, which nothing can
 * interrupt.
 */
final class QueryWatch implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread;

    /** What ends a query at the server, called by another thread than the one that waits for it. */
    interface Cancel {
        void cancel() throws SQLException;
    }

    QueryWatch(TaskContext context, Connection connection, Cancel query) {
        this.thread = Thread.ofPlatform()
                .daemon()
                .name(Thread.currentThread().getName() + "-watch")
                .start(() -> watch(context, connection, query));
    }

    private void watch(TaskContext context, Connection connection, Cancel query) {
        try {
            while (!over.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    context.checkStopped();
                } catch (StoppedException e) {
                    end(connection, query);
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the process ends
        }
    }

    /** A server that doesn't answer loses the connection. */
    private void end(Connection connection, Cancel query) throws InterruptedException {
        try {
            query.cancel();
        } catch (SQLException e) {
            // then the connection goes, below
        }
        if (!over.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            try {
                connection.abort(Runnable::run);
            } catch (SQLException e) {
                // it is closed already
            }
        }
    }

    @Override
    public void close() {
        over.countDown();
        boolean interrupted = Thread.interrupted();
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
