package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import io.micronaut.core.annotation.Nullable;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "backups", description = "List the backups of a table, or of all, the newest first.")
final class BackupsCommand extends GatewayCommand {
    @Parameters(arity = "0..1", paramLabel = "DATASET.TABLE", description = "The table; all without it.")
    private @Nullable String table;

    BackupsCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        String answer = session.gateway().backups(table);
        if (json()) {
            out().println(answer);
            return ExitCode.SUCCESS;
        }
        Answers.Backups backups = session.gateway().read(answer, Answers.Backups.class);
        if (backups.backups().isEmpty()) {
            out().println("no backups");
            return ExitCode.SUCCESS;
        }
        TextTable lines = new TextTable(
                TextTable.id("BACKUP"),
                TextTable.text("TABLE"),
                TextTable.text("AT"),
                TextTable.text("FORMAT"),
                TextTable.number("ROWS"),
                TextTable.number("BYTES"));
        for (Answers.Backup backup : backups.backups()) {
            lines.row(
                    backup.backup(),
                    backup.table(),
                    String.valueOf(backup.at()),
                    backup.format().toLowerCase(Locale.ROOT),
                    RunReport.count(backup.rows()),
                    RunReport.count(backup.bytes()));
        }
        lines.lines(width()).forEach(out()::println);
        return ExitCode.SUCCESS;
    }
}
