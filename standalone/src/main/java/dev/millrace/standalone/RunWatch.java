package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Looks at runs until all of them have ended. */
final class RunWatch {
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final GatewayClient gateway;

    RunWatch(GatewayClient gateway) {
        this.gateway = gateway;
    }

    /** @return the runs of all batches as they ended */
    List<Run> batches(List<String> batches, Progress progress) throws InterruptedException {
        while (true) {
            List<Run> runs = new ArrayList<>();
            for (String batch : batches) {
                runs.addAll(
                        gateway.read(gateway.batch(batch), Answers.Batch.class).runs());
            }
            progress.show(runs);
            if (runs.stream().allMatch(run -> run.state().ended())) {
                return runs;
            }
            Thread.sleep(PAUSE);
        }
    }

    /** @return the run as it ended */
    Run run(String id, Progress progress) throws InterruptedException {
        while (true) {
            Run run = gateway.read(gateway.run(id), Run.class);
            progress.show(List.of(run));
            if (run.state().ended()) {
                return run;
            }
            Thread.sleep(PAUSE);
        }
    }
}
