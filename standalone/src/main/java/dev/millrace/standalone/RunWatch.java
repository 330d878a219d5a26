package dev.millrace.standalone;

import dev.failsafe.RetryPolicy;
import dev.millrace.service.Retries;
import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.client.UnreachableException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/** The watch over runs until all of them have ended. */
final class RunWatch {
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration ABSENCE = Duration.ofMinutes(2);

    private RunWatch() {}

    /** A question to the gateway. */
    interface Question<T> {
        T ask() throws InterruptedException;
    }

    /** Of a gateway that doesn't come back when it is out of reach, but may answer later when it says that it can't now. */
    static List<Run> untilEnded(Question<List<Run>> look, Progress progress) throws InterruptedException {
        return untilEnded(look, progress, () -> false);
    }

    /**
     * @param mayReturn whether it makes sense to ask a gateway again that is out of reach, for {@link #ABSENCE} at most
     * @return the runs as they ended
     */
    static List<Run> untilEnded(Question<List<Run>> look, Progress progress, BooleanSupplier mayReturn)
            throws InterruptedException {
        while (true) {
            List<Run> runs = patiently(look, mayReturn);
            progress.show(runs);
            if (runs.stream().allMatch(run -> run.state().ended())) {
                return runs;
            }
            Thread.sleep(PAUSE);
        }
    }

    /**
     * Asks until there is an answer, for {@link #ABSENCE} at most.
     *
     * @param mayReturn whether it makes sense to ask a gateway again that is out of reach
     */
    static <T> T patiently(Question<T> question, BooleanSupplier mayReturn) throws InterruptedException {
        RetryPolicy<T> policy = RetryPolicy.<T>builder()
                .handleIf(failure -> failure instanceof UnreachableException unreachable
                        && (unreachable.isThere() || mayReturn.getAsBoolean()))
                .withDelay(PAUSE)
                .withMaxAttempts(-1)
                .withMaxDuration(ABSENCE)
                .build();
        return Retries.run(policy, _ -> question.ask());
    }
}
