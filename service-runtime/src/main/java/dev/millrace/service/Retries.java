package dev.millrace.service;

import dev.failsafe.ExecutionContext;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;

/** Does something again on the same thread, as a policy says, with the exceptions that it throws of itself. */
public final class Retries {
    private Retries() {}

    /** What is done again. */
    @FunctionalInterface
    public interface Attempt<T, X extends Exception> {
        /** @param execution which attempt this is */
        T run(ExecutionContext<T> execution) throws X, InterruptedException;
    }

    /**
     * @param checked the exception that an attempt declares
     * @return what the last attempt returned
     * @throws X the last attempt's failure
     * @throws InterruptedException when the thread was interrupted in an attempt or between two
     */
    public static <T, X extends Exception> T run(RetryPolicy<T> policy, Class<X> checked, Attempt<T, X> attempt)
            throws X, InterruptedException {
        try {
            return Failsafe.with(policy).get(attempt::run);
        } catch (FailsafeException e) {
            Throwable cause = e.getCause();
            if (cause instanceof InterruptedException interruption) {
                boolean _ = Thread.interrupted(); // whoever catches the exception knows
                throw interruption;
            }
            if (checked.isInstance(cause)) {
                throw checked.cast(cause);
            }
            throw e;
        }
    }

    /** For attempts that declare nothing. */
    public static <T> T run(RetryPolicy<T> policy, Attempt<T, RuntimeException> attempt) throws InterruptedException {
        return run(policy, RuntimeException.class, attempt);
    }
}
