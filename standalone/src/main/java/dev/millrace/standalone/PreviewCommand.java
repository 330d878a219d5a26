package dev.millrace.standalone;

import dev.millrace.pipeline.RunWindow;
import dev.millrace.staging.Drift;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "preview",
        description = "Read the first records of an endpoint, and show the rows that they make. Nothing is loaded.")
final class PreviewCommand extends GatewayCommand {
    @Parameters(index = "0", paramLabel = "PIPELINE", description = "Name of the pipeline.")
    private String pipeline = "";

    @Parameters(index = "1", paramLabel = "ENDPOINT", description = "Name of the endpoint.")
    private String endpoint = "";

    @Option(
            names = "--records",
            defaultValue = "20",
            description = "How many are read, at most 1000; default: ${DEFAULT-VALUE}.")
    private int records;

    @Option(
            names = "--day",
            paramLabel = "YYYY-MM-DD",
            description = "The day, for an endpoint that loads days; default: today.")
    private @Nullable RunWindow day;

    PreviewCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        String answer = gateway.preview(pipeline, endpoint, day, records);
        if (json()) {
            out().println(answer);
        } else {
            print(gateway.read(answer, Answers.Preview.class));
        }
        return ExitCode.SUCCESS;
    }

    private void print(Answers.Preview preview) {
        if (preview.warning() != null) {
            err().println("Warning: " + preview.warning());
        }
        if (!preview.rows().isEmpty()) {
            Query.Result rows = new Query.Result(
                    preview.columns().stream()
                            .map(column -> new Query.Field(column.name(), column.type()))
                            .toList(),
                    preview.rows(),
                    false);
            QueryTable.of(rows).lines(width()).forEach(out()::println);
            out().println();
        }
        out().println(counts(preview));
        for (Heartbeat.LogLine line : preview.log()) {
            if (line.level() == Heartbeat.Level.WARN) {
                out().println("Warning: " + TextTable.printable(line.message()));
            }
        }
        preview.warnings().forEach(warning -> out().println("Warning: " + TextTable.printable(warning)));
        Drift drift = preview.drift();
        if (drift != null) {
            if (!drift.missing().isEmpty()) {
                out().println("Warning: " + TextTable.printable(drift.missingLine()));
            }
            if (!drift.unread().isEmpty()) {
                out().println(TextTable.printable(drift.unreadLine()));
            }
        }
        RejectLines.print(preview.rejects(), out());
    }

    private static String counts(Answers.Preview preview) {
        return preview.records() + " records read" + (preview.complete() ? ", all that there are" : "") + ": "
                + preview.rowsMade() + " rows"
                + (preview.rows().size() < preview.rowsMade()
                        ? " (the first " + preview.rows().size() + " are shown)"
                        : "")
                + " for " + preview.table()
                + (preview.day() == null ? "" : " of " + preview.day())
                + (preview.rowsFiltered() == 0 ? "" : ", " + preview.rowsFiltered() + " filtered")
                + (preview.rowsRejected() == 0 ? "" : ", " + preview.rowsRejected() + " rejected")
                + ". Nothing was loaded.";
    }
}
