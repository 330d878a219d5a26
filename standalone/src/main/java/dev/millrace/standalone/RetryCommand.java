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

    RetryCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        gateway.retry(id);
        List<Run> runs = watch(session, () -> List.of(gateway.read(gateway.run(id), Run.class)));
        if (json()) {
            out().println(RunWatch.patiently(() -> gateway.run(id), session::mayReturn));
            return RunReport.exitCode(runs);
        }
        return report(session, runs);
    }
}
