package dev.millrace.standalone;

import dev.millrace.staging.Reject;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import java.util.HashSet;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "rejects", description = "Show the records of a run that were not loaded, and why.")
final class RejectsCommand extends GatewayCommand {
    @Parameters(paramLabel = "RUN", description = "Id of the run.")
    private String id = "";

    @Option(names = "--limit", defaultValue = "20", description = "How many; default: ${DEFAULT-VALUE}.")
    private int limit;

    @Option(
            names = "--records",
            description = "Print the records alone, one per line, to be corrected and replayed; all of them.")
    private boolean records;

    RejectsCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        if (records) {
            return records(gateway.read(gateway.rejects(id, Integer.MAX_VALUE), Answers.Rejects.class));
        }
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

    /** A record with several faults is there several times, and printed once. */
    private int records(Answers.Rejects rejects) {
        Set<String> printed = new HashSet<>();
        long cut = 0;
        for (Reject reject : rejects.rejects()) {
            if (!printed.add(reject.part() + " " + reject.row())) {
                continue;
            }
            if (reject.record().length() >= Reject.MAX_RECORD - 1) {
                cut++;
            } else {
                out().println(reject.record().replace('\n', ' ').replace('\r', ' '));
            }
        }
        if (cut > 0) {
            err().println(cut + (cut == 1 ? " record is" : " records are")
                    + " not among them, since only the start of so long a record is kept");
            return ExitCode.FAILED;
        }
        return ExitCode.SUCCESS;
    }
}
