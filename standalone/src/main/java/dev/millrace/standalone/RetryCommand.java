package dev.millrace.standalone;

import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "retry", description = "Take up a run that failed or was cancelled, and wait for the end.")
final class RetryCommand extends GatewayCommand {
    @Parameters(paramLabel = "RUN", description = "Id of the run.")
    private String id = "";

    RetryCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int call(GatewayClient gateway) throws InterruptedException {
        gateway.retry(id);
        Run run;
        try (Progress progress = Progress.on(surroundings(), json(), out())) {
            run = new RunWatch(gateway).run(id, progress);
        }
        if (json()) {
            out().println(gateway.run(id));
            return RunReport.exitCode(List.of(run));
        }
        return RunReport.print(List.of(run), out(), err());
    }
}
