package dev.millrace.standalone;

import dev.millrace.staging.Reject;
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
        for (Reject reject : rejects.rejects()) {
            out().println();
            out().println(TextTable.printable(reject.part()) + ", row " + reject.row()
                    + (reject.line() == null ? "" : ", line " + reject.line()));
            String value = reject.value();
            out().println("  " + (reject.column() == null ? "" : reject.column() + ": ")
                    + TextTable.printable(reject.reason())
                    + (value == null ? "" : ", found '" + TextTable.printable(value) + "'"));
            out().println("  " + TextTable.printable(reject.record()));
        }
        return ExitCode.SUCCESS;
    }
}
