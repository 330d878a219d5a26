package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "restore", description = "Replace what is in a table by what a backup has, and wait for the end.")
final class RestoreCommand extends GatewayCommand {
    @Parameters(paramLabel = "DATASET.TABLE", description = "The table that was backed up.")
    private String table = "";

    @Option(
            names = "--backup",
            paramLabel = "ID",
            description = "The backup, as backups shows it; the newest without it.")
    private @Nullable String backup;

    @Option(
            names = "--as",
            paramLabel = "DATASET.TABLE",
            description = "A table that isn't there and gets the rows, in the place of the one that was backed up.")
    private @Nullable String as;

    RestoreCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        Answers.Started started = gateway.read(gateway.restore(table, backup, as), Answers.Started.class);
        List<Run> runs = watch(session, () -> List.of(gateway.read(gateway.run(started.run()), Run.class)));
        if (json()) {
            out().println(RunWatch.patiently(() -> gateway.run(started.run()), session::mayReturn));
            return RunReport.exitCode(runs);
        }
        int code = RunReport.exitCode(runs);
        if (code == ExitCode.SUCCESS) {
            out().println(started.table() + " has the "
                    + RunReport.count(runs.getFirst().rowsLoaded()) + " rows of backup " + started.backup());
        } else {
            RunReport.errors(runs, err());
        }
        return code;
    }
}
