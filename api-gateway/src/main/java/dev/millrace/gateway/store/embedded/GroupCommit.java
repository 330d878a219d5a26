package dev.millrace.gateway.store.embedded;

import io.micronaut.core.annotation.Nullable;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.h2.mvstore.MVStore;

/**
 * Has what has been committed in memory written to disk, once for all who wait at the same time: while one write is under
 * way others gather, and the next one is for all of them. Safe for use by several threads, which is its point.
 */
final class GroupCommit {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition written = lock.newCondition();
    private long arrived;
    private long served;
    private boolean writing;
    private volatile @Nullable Written last;

    /** Up to where a store has been written. */
    private record Written(MVStore store, long version) {}

    /**
     * Returns when all is on disk that had been committed before the call. Nothing is written when all of it is.
     *
     * @throws org.h2.mvstore.MVStoreException when it can't be written; the store is closed then
     */
    void await(MVStore store) {
        if (isWritten(store)) {
            return;
        }
        lock.lock();
        try {
            long mine = ++arrived;
            while (served < mine) {
                if (writing) {
                    written.awaitUninterruptibly();
                } else {
                    write(store, arrived);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Asks for changes first, and for the version then: what is being written meanwhile has a later one. */
    private boolean isWritten(MVStore store) {
        boolean unsaved = store.hasUnsavedChanges();
        Written before = last;
        return !unsaved && before != null && before.store() == store && before.version() == store.getCurrentVersion();
    }

    private void write(MVStore store, long upTo) {
        writing = true;
        lock.unlock();
        boolean done = false;
        try {
            store.commit();
            // a write of H2's own threads may still be on its way; this runs behind it, while no other can begin
            store.executeFilestoreOperation(() -> last = new Written(store, store.getCurrentVersion()));
            done = true;
        } finally {
            lock.lock();
            writing = false;
            if (done) {
                served = upTo;
            }
            written.signalAll();
        }
    }
}
