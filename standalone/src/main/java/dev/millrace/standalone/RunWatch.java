package dev.millrace.standalone;

import dev.failsafe.RetryPolicy;
import dev.failsafe.RetryPolicyBuilder;
import dev.millrace.service.Retries;
import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.client.UnreachableException;
import java.time.Duration;
import java.util.List;

/** The watch over runs until all of them have ended. */
final class RunWatch {
    private static final Duration PAUSE = Duration.ofMillis(100);

    private RunWatch() {}

    /** One look at the runs. */
    interface Look {
        List<Run> runs() throws InterruptedException;
    }

    /** @return the runs as they ended */
    static List<Run> untilEnded(Look look, Progress progress) throws InterruptedException {
        return untilEnded(look, progress, Duration.ZERO);
    }

    /**
     * @param patience how long the gateway may be out of reach
     * @return the runs as they ended
     */
    static List<Run> untilEnded(Look look, Progress progress, Duration patience) throws InterruptedException {
        RetryPolicyBuilder<List<Run>> whileUnreachable = RetryPolicy.<List<Run>>builder()
                .handle(UnreachableException.class)
                .withDelayFn(_ -> PAUSE);
        RetryPolicy<List<Run>> policy = patience.isPositive()
                ? whileUnreachable.withMaxAttempts(-1).withMaxDuration(patience).build()
                : whileUnreachable.withMaxAttempts(1).build();
        while (true) {
            List<Run> runs = Retries.run(policy, _ -> look.runs());
            progress.show(runs);
            if (runs.stream().allMatch(run -> run.state().ended())) {
                return runs;
            }
            Thread.sleep(PAUSE);
        }
    }
}
