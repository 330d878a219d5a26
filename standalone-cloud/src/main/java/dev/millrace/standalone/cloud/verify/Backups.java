package dev.millrace.standalone.cloud.verify;

import dev.millrace.standalone.cloud.verify.Cells.Row;
import dev.millrace.standalone.cloud.verify.Cells.Values;
import java.util.List;
import java.util.Locale;

/** That a backup brings back all that a table had, over other rows and into a table that isn't there. */
final class Backups implements Check {
    private static final String DAY = "2026-01-31";
    private static final List<Row> BACKED_UP =
            List.of(new Row(1, DAY, Values.LARGE), new Row(2, DAY, Values.SMALL), new Row(3, DAY, Values.NONE));
    private static final List<Row> LATER = List.of(new Row(4, DAY, Values.SMALL));

    @Override
    public String name() {
        return "backups";
    }

    @Override
    public void run(Trial trial, Report report) throws InterruptedException {
        for (String format : List.of("avro", "parquet")) {
            report.check(
                    name(),
                    "backs a table up and restores it, as " + format.toUpperCase(Locale.ROOT),
                    () -> restored(trial, format));
        }
    }

    private static String restored(Trial trial, String format) throws InterruptedException, Mismatch {
        Installed installed = trial.installed();
        String name = "backed_" + format;
        String table = trial.names().tables() + "." + name;
        load(trial, name, table, BACKED_UP);
        String backup = installed.backUp(table, format);
        load(trial, name, table, LATER);
        check(trial, table, LATER);
        installed.restore(table, backup, null);
        check(trial, table, BACKED_UP);
        installed.restore(table, backup, table + "_as");
        check(trial, table + "_as", BACKED_UP);
        return BACKED_UP.size() + " rows of " + Cells.columns().size()
                + " columns came back over others, and in a table of their own";
    }

    private static void load(Trial trial, String name, String table, List<Row> rows)
            throws InterruptedException, Mismatch {
        trial.installed()
                .load(new Feed(
                        name,
                        "table: " + table + ", write: replace",
                        Cells.columns(),
                        rows.stream().map(Row::record).toList()));
    }

    private static void check(Trial trial, String table, List<Row> rows) throws InterruptedException, Mismatch {
        Cells.check(rows, trial.installed().query(Cells.select(table)));
    }
}
