package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "backup", description = "Back a table up, and wait for the end.")
final class BackupCommand extends GatewayCommand {
    @Parameters(paramLabel = "DATASET.TABLE", description = "The table, which a pipeline loads.")
    private String table = "";

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "avro",
            description = "avro or parquet; ${DEFAULT-VALUE} without it.")
    private String format = "avro";

    @Option(
            names = "--idempotency-key",
            paramLabel = "KEY",
            defaultValue = "${env:MILLRACE_IDEMPOTENCY_KEY}",
            description = "A call with the key of an earlier one starts nothing, and waits for the earlier one's run.")
    private @Nullable String idempotencyKey;

    BackupCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        Answers.Started started = gateway.read(
                gateway.backUp(table, format, CronJobKey.ofProcess(idempotencyKey)), Answers.Started.class);
        List<Run> runs = watch(session, () -> List.of(gateway.read(gateway.run(started.run()), Run.class)));
        if (json()) {
            out().println(RunWatch.patiently(() -> gateway.run(started.run()), session::mayReturn));
            return RunReport.exitCode(runs);
        }
        int code = RunReport.exitCode(runs);
        if (code == ExitCode.SUCCESS) {
            out().println("backup " + started.backup() + " of " + table + " has "
                    + RunReport.count(runs.getFirst().rowsLoaded()) + " rows");
        } else {
            RunReport.errors(runs, err());
        }
        return code;
    }
}
