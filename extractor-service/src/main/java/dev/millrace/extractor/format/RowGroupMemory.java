package dev.millrace.extractor.format;

import java.io.InterruptedIOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The memory that row groups of Parquet files may take while they are read, of all tasks together. Row groups of files that are read at
 * once would else fill the heap, although each of them fits. For use by several threads.
 */
final class RowGroupMemory {
    private static final int MIB = 1024 * 1024;
    private static final int SHARE_OF_HEAP = 3;

    /** What there is for this process. */
    static final RowGroupMemory OF_HEAP = new RowGroupMemory(
            Math.clamp(Runtime.getRuntime().maxMemory() / MIB / SHARE_OF_HEAP, 1, Integer.MAX_VALUE));

    private final int all;
    /** Fair, so that small groups don't keep a large one waiting for ever. */
    private final Semaphore free;

    /** @param mib how much there is, in MiB */
    RowGroupMemory(int mib) {
        this.all = mib;
        this.free = new Semaphore(mib, true);
    }

    /** In MiB. */
    int all() {
        return all;
    }

    /**
     * Waits until there is as much. Who wants more than there is has all of it.
     *
     * @param waits hears of it where it has to be waited for
     * @throws InterruptedIOException when the thread is interrupted while it waits
     */
    Share share(long bytes, Runnable waits) throws InterruptedIOException {
        int mib = Math.clamp(Math.ceilDiv(bytes, MIB), 1, all);
        try {
            if (!free.tryAcquire(mib, 0, TimeUnit.SECONDS)) { // the one that waits for nothing jumps the queue
                waits.run();
                free.acquire(mib);
            }
        } catch (InterruptedException e) {
            throw (InterruptedIOException) new InterruptedIOException("interrupted").initCause(e);
        }
        return () -> free.release(mib);
    }

    /** What one thread has of it, until it is closed. */
    interface Share extends AutoCloseable {
        @Override
        void close();
    }
}
