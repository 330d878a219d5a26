package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "rejects", description = "Show the records of a run that were not loaded, and why.")
final class RejectsCommand extends GatewayCommand {
    @Parameters(paramLabel = "RUN", description = "Id of the run.")
    private String id = "";

    @Option(names = "--limit", defaultValue = "20", description = "How many; default: ${DEFAULT-VALUE}.")
    private int limit;

    RejectsCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        String answer = gateway.rejects(id, atLeastOne(limit));
        if (json()) {
            out().println(answer);
            return ExitCode.SUCCESS;
        }
        Answers.Rejects rejects = gateway.read(answer, Answers.Rejects.class);
        out().println(rejects.total() + " rejected, " + rejects.rejects().size() + " shown");
        RejectLines.print(rejects.rejects(), out());
        return ExitCode.SUCCESS;
    }
}
