package dev.millrace.standalone;

import dev.millrace.standalone.client.Run;
import io.micronaut.core.annotation.Nullable;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Tells people what became of runs. */
final class RunReport {
    private RunReport() {}

    static TextTable table(List<Run> runs) {
        TextTable table = new TextTable(
                TextTable.text("TABLE"),
                TextTable.text("STATE"),
                TextTable.number("EXTRACTED"),
                TextTable.number("LOADED"),
                TextTable.number("REJECTED"),
                TextTable.number("FILTERED"),
                TextTable.number("TIME"));
        for (Run run : runs) {
            table.row(
                    run.table(),
                    state(run),
                    count(run.rowsExtracted()),
                    count(run.rowsLoaded()),
                    count(run.rowsRejected()),
                    count(run.rowsFiltered()),
                    seconds(run));
        }
        return table;
    }

    /** @return the exit code: 0 when all succeeded, else 1 */
    static int print(List<Run> runs, PrintWriter out, PrintWriter err) {
        out.println();
        table(runs).lines().forEach(out::println);
        for (Run run : runs) {
            if (run.rowsRejected() != null && run.rowsRejected() > 0) {
                out.println("see what was rejected: ./millrace rejects " + run.id());
            }
        }
        out.flush();
        errors(runs, err);
        return exitCode(runs);
    }

    static int exitCode(List<Run> runs) {
        return runs.stream().allMatch(run -> run.state() == Run.State.SUCCEEDED) ? ExitCode.SUCCESS : ExitCode.FAILED;
    }

    static void errors(List<Run> runs, PrintWriter err) {
        runs.forEach(run -> error(run, err));
    }

    private static void error(Run run, PrintWriter err) {
        Run.Failure error = run.error();
        if (error != null) {
            err.println(run.name() + ": " + error.code() + ": " + TextTable.printable(error.detail()));
            err.println("  its log: ./millrace log " + run.id());
            err.flush();
        }
    }

    static String state(Run run) {
        return run.state().name().toLowerCase(Locale.ROOT);
    }

    /** Empty while nobody knows. */
    static String count(@Nullable Long rows) {
        return rows == null ? "" : String.format(Locale.ROOT, "%,d", rows);
    }

    private static String seconds(Run run) {
        return String.format(Locale.ROOT, "%.1f s", run.elapsed(Instant.now()).toMillis() / 1000.0);
    }
}
