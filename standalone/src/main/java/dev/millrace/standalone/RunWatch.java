package dev.millrace.standalone;

import dev.millrace.standalone.client.Run;
import java.time.Duration;
import java.util.List;

/** Looks at runs until all of them have ended. */
final class RunWatch {
    private static final Duration PAUSE = Duration.ofMillis(100);

    private RunWatch() {}

    /** One look at the runs. */
    interface Look {
        List<Run> runs() throws InterruptedException;
    }

    /** @return the runs as they ended */
    static List<Run> untilEnded(Look look, Progress progress) throws InterruptedException {
        while (true) {
            List<Run> runs = look.runs();
            progress.show(runs);
            if (runs.stream().allMatch(run -> run.state().ended())) {
                return runs;
            }
            Thread.sleep(PAUSE);
        }
    }
}
