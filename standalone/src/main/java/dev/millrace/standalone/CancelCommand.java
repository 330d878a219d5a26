package dev.millrace.standalone;

import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "cancel", description = "End a run, and wait until it is certain that nothing more is loaded.")
final class CancelCommand extends GatewayCommand {
    @Parameters(paramLabel = "RUN", description = "Id of the run.")
    private String id = "";

    CancelCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int call(GatewayClient gateway) throws InterruptedException {
        gateway.cancel(id);
        Run run;
        try (Progress progress = Progress.on(surroundings(), json(), out())) {
            run = new RunWatch(gateway).run(id, progress);
        }
        if (json()) {
            out().println(gateway.run(id));
        } else {
            out().println(run.name() + " " + RunReport.state(run));
        }
        return run.state() == Run.State.CANCELLED ? ExitCode.SUCCESS : ExitCode.FAILED;
    }
}
