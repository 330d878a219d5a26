package dev.millrace.extractor.rest;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Something that is done to its end although its run is stopped, since half of it would be worse than all or nothing. */
final class Uninterrupted {
    private Uninterrupted() {}

    /**
     * Does it on a thread of its own, and waits for its end.
     *
     * @throws InterruptedException when the caller was interrupted meanwhile; it has been done then
     */
    static <T> T call(Callable<T> action) throws InterruptedException {
        FutureTask<T> task = new FutureTask<>(action);
        Thread.ofVirtual().name("uninterrupted").start(task);
        boolean interrupted = false;
        while (true) {
            try {
                T result = task.get();
                if (!interrupted) {
                    return result;
                }
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                if (interrupted) {
                    break;
                }
                switch (e.getCause()) {
                    case RuntimeException failure -> throw failure;
                    case Error failure -> throw failure;
                    case InterruptedException failure -> throw failure;
                    case null, default -> throw new IllegalStateException(e);
                }
            }
        }
        throw new InterruptedException("interrupted");
    }
}
