package dev.millrace.gateway.table;

import io.micronaut.core.annotation.Nullable;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Asks once for all who wait, and never gives anybody an answer that was asked for before they came: each is as new as one's
 * own would be. Safe for use by several threads.
 */
final class SharedAnswer<T> {
    private final AtomicLong begun = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Outcome<T> last; // guarded by the lock

    /** How the answer is asked for. */
    interface Question<T> {
        T ask() throws InterruptedException;
    }

    /** @throws RuntimeException as the question, also to those who share it */
    T of(Question<T> question) throws InterruptedException {
        long before = begun.get();
        lock.lockInterruptibly();
        try {
            if (begun.get() == before || last == null) {
                begun.incrementAndGet();
                last = null; // whoever is interrupted leaves none
                last = outcome(question);
            }
            return last.value();
        } finally {
            lock.unlock();
        }
    }

    private static <T> Outcome<T> outcome(Question<T> question) throws InterruptedException {
        try {
            return new Outcome<>(question.ask(), null);
        } catch (RuntimeException e) {
            return new Outcome<>(null, e);
        }
    }

    private record Outcome<T>(@Nullable T answer, @Nullable RuntimeException failure) {
        T value() {
            if (failure != null) {
                throw failure;
            }
            return Objects.requireNonNull(answer);
        }
    }
}
