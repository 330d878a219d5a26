package dev.millrace.standalone;

import dev.millrace.standalone.client.AccessCalls;
import dev.millrace.standalone.client.GatewayClient;
import io.micronaut.core.annotation.Nullable;
import java.time.temporal.ChronoUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "audit", description = "Show who changed what, and who was refused what, newest first.")
final class AuditCommand extends GatewayCommand {
    @Option(names = "--caller", paramLabel = "NAME", description = "Of one user or token only.")
    private @Nullable String caller;

    @Option(names = "--limit", paramLabel = "N", defaultValue = "50", description = "Default: ${DEFAULT-VALUE}.")
    private int limit;

    AuditCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        int most = atLeastOne(limit);
        GatewayClient gateway = session.gateway();
        String answer = new AccessCalls(gateway).audit(caller, most);
        if (json()) {
            out().println(answer);
            return ExitCode.SUCCESS;
        }
        TextTable table = new TextTable(
                TextTable.id("TIME"),
                TextTable.text("CALLER"),
                TextTable.number("STATUS"),
                TextTable.text("CALL"),
                TextTable.text("DETAIL"));
        for (AccessCalls.Entry entry :
                gateway.read(answer, AccessCalls.Entries.class).entries()) {
            table.row(
                    entry.time().truncatedTo(ChronoUnit.SECONDS).toString(),
                    entry.caller(),
                    Integer.toString(entry.status()),
                    entry.method() + " " + entry.path(),
                    entry.detail() == null ? "" : entry.detail());
        }
        table.lines(width()).forEach(out()::println);
        return ExitCode.SUCCESS;
    }
}
