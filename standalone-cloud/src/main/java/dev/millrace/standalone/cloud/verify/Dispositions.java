package dev.millrace.standalone.cloud.verify;

import dev.millrace.pipeline.RunWindow;
import dev.millrace.standalone.cloud.verify.Cells.Row;
import dev.millrace.standalone.cloud.verify.Cells.Values;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import java.util.Locale;

/** Each type by each way of writing, all cells read back. */
final class Dispositions implements Check {
    private static final RunWindow FIRST = RunWindow.parse("2026-01-30");
    private static final RunWindow SECOND = FIRST.next();

    private static final Row LARGE = new Row(1, FIRST.toString(), Values.LARGE);
    private static final Row SMALL = new Row(2, SECOND.toString(), Values.SMALL);
    private static final Row NONE = new Row(3, SECOND.toString(), Values.NONE);
    private static final Row NONE_BEFORE = new Row(2, SECOND.toString(), Values.NONE);

    @Override
    public String name() {
        return "types";
    }

    /** One load after another into one table. */
    private static final class Loads {
        private final Trial trial;
        private final String table;
        private final String destination;
        private final List<String> more;

        Loads(Trial trial, String name, String destination, String... more) {
            this.trial = trial;
            this.table = trial.names().tables() + "." + name;
            this.destination = "table: " + table + ", " + destination;
            this.more = List.of(more);
        }

        Loads load(Row... rows) throws InterruptedException, Mismatch {
            return load(null, rows);
        }

        Loads load(@Nullable RunWindow day, Row... rows) throws InterruptedException, Mismatch {
            List<String> records = List.of(rows).stream().map(Row::record).toList();
            String name = table.substring(table.indexOf('.') + 1);
            trial.installed().load(new Feed(name, destination, more, Cells.columns(), records), day);
            return this;
        }

        String seen(Row... rows) throws InterruptedException, Mismatch {
            Cells.check(List.of(rows), trial.installed().query(Cells.select(table)));
            return rows.length + " rows of " + Cells.columns().size() + " columns are as they were sent";
        }
    }

    @Override
    public void run(Trial trial, Report report) throws InterruptedException {
        report.check(
                name(),
                "replace",
                () -> new Loads(trial, "types_replace", "write: replace")
                        .load(LARGE, NONE)
                        .load(LARGE, SMALL, NONE)
                        .seen(LARGE, SMALL, NONE));
        report.check(
                name(),
                "append",
                () -> new Loads(trial, "types_append", "write: append")
                        .load(LARGE, SMALL)
                        .load(LARGE, NONE)
                        .seen(LARGE, LARGE, SMALL, NONE));
        report.check(
                name(),
                "merge",
                () -> new Loads(trial, "types_merge", "write: merge, keys: [id]")
                        .load(LARGE, SMALL)
                        .load(NONE, SMALL, NONE_BEFORE)
                        .seen(LARGE, NONE_BEFORE, NONE));
        report.check(
                name(),
                "merge by a partition",
                () -> new Loads(
                                trial,
                                "types_partitions",
                                "write: merge, keys: [id, day], partition: {column: day}, cluster: [id]")
                        .load(LARGE, NONE_BEFORE)
                        .load(SMALL, NONE)
                        .seen(LARGE, SMALL, NONE));
        report.check(
                name(),
                "replace of a day",
                () -> new Loads(
                                trial,
                                "types_day",
                                "write: replace, partition: {column: day}, empty: allow",
                                "day: {column: day}")
                        .load(FIRST, LARGE)
                        .load(SECOND, SMALL)
                        .load(SECOND, NONE)
                        .seen(LARGE, NONE));
        for (String type : List.of("DATETIME", "TIMESTAMP")) {
            report.check(name(), "replace of a day by " + type, () -> day(trial, type));
        }
    }

    private static String day(Trial trial, String type) throws InterruptedException, Mismatch {
        String name = "day_" + type.toLowerCase(Locale.ROOT);
        String table = trial.names().tables() + "." + name;
        String zone = type.equals("TIMESTAMP") ? "Z" : "";
        List<List<String>> loads = List.of(
                List.of("2026-01-30T23:59:59.999999"),
                List.of("2026-01-31T00:00:00", "2026-01-31T23:59:59.999999"),
                List.of("2026-01-31T12:00:00"));
        for (int i = 0; i < loads.size(); i++) {
            int n = i;
            List<String> records = loads.get(i).stream()
                    .map(at -> "{\"at\": \"" + at + zone + "\", \"n\": " + n + "}")
                    .toList();
            trial.installed()
                    .load(
                            new Feed(
                                    name,
                                    "table: " + table + ", write: replace",
                                    List.of("day: {column: at}"),
                                    List.of("{name: at, type: " + type + "}", "{name: n, type: INTEGER}"),
                                    records),
                            i == 0 ? FIRST : SECOND);
        }
        Mismatch.unlessEqual("0, 2", trial.installed().text("SELECT n FROM " + table + " ORDER BY n"));
        return "the day before has stayed, the day has been replaced";
    }
}
