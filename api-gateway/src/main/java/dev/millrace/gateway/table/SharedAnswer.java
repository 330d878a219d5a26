package dev.millrace.gateway.table;

import io.micronaut.core.annotation.Nullable;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Asks once for all who wait, and never gives anybody an answer that was asked for before they came: each is as new as one's
 * own would be. Safe for use by several threads.
 */
final class SharedAnswer<T> {
    private final ReentrantLock lock = new ReentrantLock();
    /** What is being asked; null: nothing has been. Guarded by the lock, as what follows. */
    private @Nullable Asking<T> asked;
    /** What will be asked next; null: nobody wants it yet. */
    private @Nullable Asking<T> next;

    /** How the answer is asked for. */
    interface Question<T> {
        T ask() throws InterruptedException;
    }

    /** @throws RuntimeException as the question, also to those who share it */
    T of(Question<T> question) throws InterruptedException {
        while (true) {
            Asking<T> before;
            Asking<T> mine;
            boolean first;
            lock.lock();
            try {
                before = asked;
                first = next == null;
                mine = first ? new Asking<>() : Objects.requireNonNull(next);
                next = mine;
            } finally {
                lock.unlock();
            }
            if (first) {
                ask(before, mine, question);
            }
            Outcome<T> outcome = mine.outcome();
            if (outcome != null) {
                return outcome.value();
            }
        }
    }

    /** For all who have come until the question before has its answer. */
    private void ask(@Nullable Asking<T> before, Asking<T> mine, Question<T> question) throws InterruptedException {
        Outcome<T> outcome = null; // as it stays when this thread is interrupted: then another one asks
        try {
            if (before != null && !before.end.isDone()) {
                Object _ = before.outcome();
            }
            begin(mine);
            outcome = outcome(question);
        } finally {
            begin(mine);
            mine.end.complete(outcome);
        }
    }

    /** Whoever comes from now on waits for the question after this one. */
    private void begin(Asking<T> mine) {
        lock.lock();
        try {
            if (!mine.begun) {
                mine.begun = true;
                next = null;
                asked = mine;
            }
        } finally {
            lock.unlock();
        }
    }

    /** A question, for all who share it. */
    private static final class Asking<T> {
        private final CompletableFuture<@Nullable Outcome<T>> end = new CompletableFuture<>();
        private boolean begun; // guarded by the lock

        /** Null when whoever was to ask was interrupted. */
        @Nullable
        Outcome<T> outcome() throws InterruptedException {
            try {
                return end.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e); // it ends with an outcome, or nothing
            }
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
