package dev.millrace.loader;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All rows of tables on their way to readers. Each keeps what the warehouse needs for it, so that there are no more at once than the
 * configuration says, and one whose reader takes nothing for too long is broken off. Safe for use by several threads.
 */
@Singleton
class RowStreams {
    private static final Logger LOG = LoggerFactory.getLogger(RowStreams.class);

    private final RowStreamConfig config;
    private final Semaphore room;
    private final Set<Watched> open = ConcurrentHashMap.newKeySet();

    RowStreams(RowStreamConfig config) {
        this.config = config;
        this.room = new Semaphore(config.atOnce());
    }

    /** How the rows are asked for. */
    interface Opening {
        AllRows open() throws InterruptedException;
    }

    /**
     * Has the rows come, if there is room for them.
     *
     * @return to be closed by the reader; fails while it is read when it was left alone for too long
     * @throws MillraceException with {@code BUSY} when there is no room, or as the opening
     */
    @SuppressWarnings("resource") // which is the reader's
    AllRows open(Opening opening) throws InterruptedException {
        if (!room.tryAcquire()) {
            throw new MillraceException(
                    ErrorCode.BUSY,
                    "all rows of tables are being sent to " + config.atOnce()
                            + " readers, which is the most at once (expected: another try later, or pages)");
        }
        boolean opened = false;
        try {
            AllRows rows = opening.open();
            Watched watched = new Watched(rows.bytes());
            open.add(watched);
            opened = true;
            return new AllRows(rows.version(), watched);
        } finally {
            if (!opened) {
                room.release();
            }
        }
    }

    @Scheduled(fixedDelay = "1s")
    void look() {
        open.forEach(Watched::endIfStalled);
    }

    private final class Watched extends InputStream {
        private final InputStream rows;
        /** Whoever uses the rows has it, also while the warehouse makes them. */
        private final ReentrantLock lock = new ReentrantLock();

        private long used = System.nanoTime(); // guarded by the lock
        private boolean closed; // likewise
        private volatile boolean stalled;
        private volatile boolean ending;

        Watched(InputStream rows) {
            this.rows = rows;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            lock.lock();
            try {
                if (ending) {
                    throw new IOException(
                            stalled ? "nothing of the rows was taken for " + config.stalledAfter() : "closed");
                }
                return rows.read(target, offset, length);
            } finally {
                used = System.nanoTime();
                lock.unlock();
                endIfWanted();
            }
        }

        /** What the warehouse is being waited for is no stall. */
        void endIfStalled() {
            if (lock.tryLock()) {
                try {
                    stalled = !ending
                            && System.nanoTime() - used > config.stalledAfter().toNanos();
                } finally {
                    lock.unlock();
                }
                if (stalled) {
                    LOG.warn("a reader of all rows of a table took nothing for {}: broken off", config.stalledAfter());
                    close();
                }
            }
        }

        /** Waits for nobody: whoever reads closes it then. */
        @Override
        public void close() {
            ending = true;
            endIfWanted();
        }

        private void endIfWanted() {
            if (ending && lock.tryLock()) {
                try {
                    if (!closed) {
                        closed = true;
                        open.remove(this);
                        room.release();
                        rows.close();
                    }
                } catch (IOException e) {
                    LOG.warn("rows of a table that nobody reads any more can't be closed", e);
                } finally {
                    lock.unlock();
                }
            }
        }
    }
}
