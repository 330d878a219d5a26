package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "retry",
        description =
                "Take up a run that failed or was cancelled, and wait for its end and that of what comes after it.")
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
        String batch = gateway.read(gateway.run(id), Run.class).batch();
        Set<String> watched = batch(gateway, batch).stream()
                .filter(run -> run.id().equals(id) || !run.state().ended())
                .map(Run::id)
                .collect(Collectors.toSet());
        List<Run> runs = watch(
                session,
                () -> batch(gateway, batch).stream()
                        .filter(run -> watched.contains(run.id()))
                        .toList());
        if (json()) {
            out().println(RunWatch.patiently(() -> gateway.run(id), session::mayReturn));
            return RunReport.exitCode(runs);
        }
        return report(session, runs);
    }

    /** What waits for the run again is of its batch. */
    private static List<Run> batch(GatewayClient gateway, String batch) throws InterruptedException {
        return gateway.read(gateway.batch(batch), Answers.Batch.class).runs();
    }
}
