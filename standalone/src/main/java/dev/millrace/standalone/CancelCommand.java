package dev.millrace.standalone;

import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "cancel", description = "End a run, and wait until it is certain that nothing more is loaded.")
final class CancelCommand extends GatewayCommand {
    @Parameters(paramLabel = "RUN", description = "Id of the run.")
    private String id = "";

    CancelCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        gateway.cancel(id);
        Run run = watch(session, () -> List.of(gateway.read(gateway.run(id), Run.class)))
                .getFirst();
        if (json()) {
            out().println(gateway.run(id));
        } else {
            out().println(run.name() + " " + RunReport.state(run));
        }
        return run.state() == Run.State.CANCELLED ? ExitCode.SUCCESS : ExitCode.FAILED;
    }
}
