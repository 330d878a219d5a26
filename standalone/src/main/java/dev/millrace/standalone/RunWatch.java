package dev.millrace.standalone;

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
        long answered = System.nanoTime();
        while (true) {
            try {
                List<Run> runs = look.runs();
                answered = System.nanoTime();
                progress.show(runs);
                if (runs.stream().allMatch(run -> run.state().ended())) {
                    return runs;
                }
            } catch (UnreachableException e) {
                if (System.nanoTime() - answered >= patience.toNanos()) {
                    throw e;
                }
            }
            Thread.sleep(PAUSE);
        }
    }
}
