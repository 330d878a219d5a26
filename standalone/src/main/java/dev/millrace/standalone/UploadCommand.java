package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.task.CheckResult;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "upload",
        description =
                "Load the good rows of a CSV file into the table whose name the file's begins with, and show the others.")
final class UploadCommand extends GatewayCommand {
    @Parameters(paramLabel = "FILE", description = "The file, such as jobs_2026.csv for a table named jobs.")
    private Path file = Path.of("");

    @Option(
            names = "--table",
            paramLabel = "DATASET.TABLE",
            description = "That it is for, whatever the file is called.")
    private @Nullable String table;

    @Option(names = "--dry-run", description = "Only say which rows could be loaded.")
    private boolean dryRun;

    UploadCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        if (!Files.isRegularFile(file)) {
            throw new WrongCallException(file + ": no such file (expected: a CSV file)");
        }
        GatewayClient gateway = session.gateway();
        String key = UUID.randomUUID().toString();
        String answer = upload(gateway, key);
        Answers.Uploaded uploaded = gateway.read(answer, Answers.Uploaded.class);
        while (uploaded.isPending()) {
            answer = upload(gateway, key);
            uploaded = gateway.read(answer, Answers.Uploaded.class);
        }
        if (json()) {
            out().println(answer);
        } else {
            print(uploaded, out());
        }
        return uploaded.failed() == 0 ? ExitCode.SUCCESS : ExitCode.FAILED;
    }

    private String upload(GatewayClient gateway, String key) throws InterruptedException {
        try {
            return gateway.upload(file, table, dryRun, key);
        } catch (IOException e) {
            throw new WrongCallException(file + " can't be read: " + e.getMessage());
        }
    }

    private static void print(Answers.Uploaded uploaded, PrintWriter out) {
        String warning = uploaded.warning();
        if (warning != null) {
            out.println(TextTable.printable(warning));
        }
        out.println(uploaded.rows() + (uploaded.rows() == 1 ? " row" : " rows") + " for " + uploaded.table() + ": "
                + (uploaded.dryRun()
                        ? uploaded.rows() - uploaded.failed() + " could be loaded"
                        : uploaded.inserted() + " loaded")
                + ", " + uploaded.failed() + " failed (run " + uploaded.run() + ")");
        for (CheckResult check : uploaded.checks()) {
            out.println("warning: " + TextTable.printable(check.line()));
            check.sample().forEach(row -> out.println("  " + TextTable.printable(row)));
        }
        for (Answers.FailedRow row : uploaded.failedRows()) {
            out.println();
            out.println("row " + row.record() + (row.line() == null ? "" : ", line " + row.line()));
            row.errors().forEach(fault -> out.println("  " + RejectLines.line(fault)));
        }
    }
}
