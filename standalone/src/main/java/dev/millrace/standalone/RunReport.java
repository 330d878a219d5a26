package dev.millrace.standalone;

import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Drift;
import dev.millrace.standalone.client.Run;
import dev.millrace.task.Heartbeat;
import io.micronaut.core.annotation.Nullable;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The report of what became of runs, for people. */
final class RunReport {
    private static final List<Count> COUNTS = List.of(
            new Count("EXTRACTED", Run::rowsExtracted, true),
            new Count("EXPLODED", Run::rowsExploded, false),
            new Count("LOADED", Run::rowsLoaded, true),
            new Count("REJECTED", Run::rowsRejected, true),
            new Count("FILTERED", Run::rowsFiltered, true),
            new Count("SUPERSEDED", Run::rowsSuperseded, false),
            new Count("OUTDATED", Run::rowsOutdated, false),
            new Count("TIED", Run::rowsTied, false),
            new Count("DELETED", Run::rowsDeleted, false));

    /** Columns or fields in a line, and warnings of a run. */
    private static final int NAMED = 10;

    private RunReport() {}

    static TextTable table(List<Run> runs) {
        List<Count> counts = COUNTS.stream()
                .filter(count -> count.always || runs.stream().anyMatch(run -> count.isAny(run)))
                .toList();
        List<TextTable.Heading> headings = new ArrayList<>(List.of(TextTable.text("TABLE"), TextTable.text("STATE")));
        counts.forEach(count -> headings.add(TextTable.number(count.heading)));
        headings.add(TextTable.number("TIME"));
        TextTable table = new TextTable(headings);
        for (Run run : runs) {
            List<String> cells = new ArrayList<>(List.of(run.table(), outcome(run)));
            counts.forEach(count -> cells.add(count(count.of.apply(run))));
            cells.add(seconds(run));
            table.row(cells);
        }
        return table;
    }

    /**
     * What is counted.
     *
     * @param always false: it stands beside the account of the records, and is shown where there is any
     */
    private record Count(String heading, Function<Run, @Nullable Long> of, boolean always) {
        private boolean isAny(Run run) {
            Long count = of.apply(run);
            return count != null && count > 0;
        }
    }

    /**
     * @param warnings of the log of each run, by its id; of a run that isn't there, none are shown
     * @param width characters of a line of a table
     * @return the exit code: 0 when all succeeded, else 1
     */
    static int print(
            List<Run> runs,
            Map<String, List<Heartbeat.LogLine>> warnings,
            int width,
            PrintWriter out,
            PrintWriter err) {
        out.println();
        table(runs).lines(width).forEach(out::println);
        runs.forEach(run -> plan(run, out));
        for (Run run : runs) {
            boolean unmet = run.error() != null && run.error().code().equals(ErrorCode.CHECKS_UNMET.name());
            if (unmet || (run.rowsRejected() != null && run.rowsRejected() > 0)) {
                out.println("see what was rejected: ./millrace rejects " + run.id());
            }
        }
        for (Run run : runs) {
            drift(run, out);
            warnings(run, warnings.getOrDefault(run.id(), List.of()), out);
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
            if (error.actor() != null && error.retry() != null) {
                err.println("  who must act: " + words(error.actor()) + "; can a retry help: " + words(error.retry()));
            }
            err.println("  its log: ./millrace log " + run.id());
            err.flush();
        }
    }

    /** What a schema that has become wrong would look like. */
    private static void drift(Run run, PrintWriter out) {
        Run.Drift drift = run.drift();
        if (drift == null) {
            return;
        }
        if (!drift.missing().isEmpty()) {
            out.println(run.name() + ": no record of " + count(drift.records()) + " has "
                    + named(drift.missing(), drift.missing().size()));
        }
        drift.changes().stream()
                .limit(NAMED)
                .forEach(change -> out.println(run.name() + ": " + TextTable.printable(change.toString())));
        if (drift.changes().size() > NAMED) {
            out.println(run.name() + ": " + (drift.changes().size() - NAMED) + " more columns that change");
        }
        if (!drift.unread().isEmpty()) {
            List<String> fields = drift.unread().stream()
                    .map(field -> field.name() + " (" + count(field.records()) + ")")
                    .toList();
            out.println(run.name() + ": no column reads " + named(fields, fields.size() + drift.unnamed()));
        }
    }

    /** What a run that succeeded had doubts about, but for what {@link #drift} says. */
    private static void warnings(Run run, List<Heartbeat.LogLine> lines, PrintWriter out) {
        List<String> messages = lines.stream()
                .filter(line -> line.level() == Heartbeat.Level.WARN)
                .map(Heartbeat.LogLine::message)
                .filter(message -> !message.startsWith(Drift.LINE))
                .toList();
        messages.stream()
                .limit(NAMED)
                .forEach(message -> out.println(run.name() + ": warning: " + TextTable.printable(message)));
        if (messages.size() > NAMED) {
            out.println(run.name() + ": " + (messages.size() - NAMED) + " more warnings: ./millrace log --level=WARN "
                    + run.id());
        }
    }

    private static String named(List<String> names, long all) {
        long more = all - Math.min(NAMED, names.size());
        return TextTable.printable(names.stream().limit(NAMED).collect(Collectors.joining(", ")))
                + (more > 0 ? " and " + more + " more" : "");
    }

    /** A constant of the API, such as {@code PIPELINE_AUTHOR}, as people read it. */
    private static String words(String constant) {
        return TextTable.printable(constant.toLowerCase(Locale.ROOT).replace('_', ' '));
    }

    private static void plan(Run run, PrintWriter out) {
        if (!run.plan().isEmpty()) {
            out.println(run.name() + " is a dry run, nothing was loaded:");
            run.plan().forEach(step -> out.println("  " + TextTable.printable(step)));
        }
    }

    /** The state, and first whether it is that of a dry run: the end may be cut off. */
    static String outcome(Run run) {
        return (run.dryRun() ? "dry, " : "") + state(run);
    }

    static String state(Run run) {
        return run.rolledBackAt() == null ? run.state().name().toLowerCase(Locale.ROOT) : "rolled back";
    }

    /** Empty while nobody knows. */
    static String count(@Nullable Long rows) {
        return rows == null ? "" : String.format(Locale.ROOT, "%,d", rows);
    }

    private static String seconds(Run run) {
        return String.format(Locale.ROOT, "%.1f s", run.elapsed(Instant.now()).toMillis() / 1000.0);
    }
}
