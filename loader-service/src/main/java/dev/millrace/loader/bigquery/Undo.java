package dev.millrace.loader.bigquery;

import static java.util.Objects.requireNonNull;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryError;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.CopyJobConfiguration;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.TableId;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Rollback;
import io.micronaut.core.annotation.Nullable;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings back the rows that a table had before a load. BigQuery keeps them for its time travel, from two to seven days, so a
 * load keeps nothing: what the table was when the commit wrote its row of the ledger is copied beside it, which is free, and
 * one transaction puts it in the table's place and marks the ledger.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/access-historical-data#restore-a-table">Restore a table from a point
 *     in time</a>
 */
final class Undo {
    private static final Logger LOG = LoggerFactory.getLogger(Undo.class);

    private final BigQuery bigquery;
    private final Jobs jobs;
    private final QueryJobs queries;
    private final BigQueryConfig config;
    private final JobLocation location;

    Undo(BigQuery bigquery, Jobs jobs, QueryJobs queries, BigQueryConfig config, JobLocation location) {
        this.bigquery = bigquery;
        this.jobs = jobs;
        this.queries = queries;
        this.config = config;
        this.location = location;
    }

    /**
     * A load, as the ledger has it.
     *
     * @param table that it changed
     * @param tableRows in the table after it
     * @param decided before its commit, and after all that it found in the table
     */
    record Loaded(String state, String table, long tableRows, Instant decided) {
        boolean isRolledBack() {
            return state.equals("ROLLED_BACK");
        }
    }

    /** Undoes the load, or finds that this was done. */
    Rollback.Done run(Rollback rollback) throws InterruptedException {
        String load = rollback.load();
        Table table = Table.of(rollback.table(), location.project());
        Loaded loaded =
                queries.loaded(location, load).orElseThrow(() -> refused(load, table, "the ledger doesn't have it"));
        com.google.cloud.bigquery.Table present = bigquery.getTable(table.id());
        if (loaded.isRolledBack()) {
            return new Rollback.Done(present == null ? 0 : present.getNumRows().longValueExact());
        }
        check(load, table, loaded, present);
        Table copy = copy(load, table, loaded);
        try {
            return undo(load, table, loaded, copy);
        } finally {
            drop(copy);
        }
    }

    private void check(String load, Table table, Loaded loaded, com.google.cloud.bigquery.@Nullable Table present)
            throws InterruptedException {
        if (!loaded.state().equals("COMMITTED") || !loaded.table().equals(table.toString())) {
            throw refused(load, table, "it has loaded nothing into it");
        }
        QueryJobs.Loaded last =
                queries.lastLoads(location, List.of(loaded.table())).get(loaded.table());
        if (last != null && last.at().isAfter(loaded.decided())) {
            throw refused(
                    load, table, "run " + last.run() + " has changed the table since (expected: its rollback first)");
        }
        if (present == null) {
            throw refused(load, table, "the table is gone");
        }
        if (present.getNumRows().longValueExact() != loaded.tableRows()) {
            throw refused(load, table, changed(loaded));
        }
    }

    static String changed(Loaded loaded) {
        return "the table hasn't got the " + loaded.tableRows()
                + " rows any more that it had after it: somebody else has changed it";
    }

    /** What the table was, in a table of its own, which expires if nobody drops it. */
    private Table copy(String load, Table table, Loaded loaded) throws InterruptedException {
        String name = "millrace_before_" + load + "_" + UUID.randomUUID();
        Table copy = new Table(
                table.project(),
                config.stageDataset() == null ? table.dataset() : config.stageDataset(),
                "_" + name.replace('-', '_'));
        TableId then = TableId.of(
                table.project(),
                table.dataset(),
                table.name() + "@" + loaded.decided().toEpochMilli());
        CopyJobConfiguration copying = CopyJobConfiguration.newBuilder(copy.id(), then)
                .setCreateDisposition(JobInfo.CreateDisposition.CREATE_IF_NEEDED)
                .setWriteDisposition(JobInfo.WriteDisposition.WRITE_EMPTY)
                .setDestinationExpirationTime(
                        Instant.now().plus(config.stageExpiration()).toString())
                .setLabels(Map.of(Labels.PURPOSE, "rollback"))
                .build();
        BigQueryError error;
        try {
            Job started = jobs.ensure(location.job(name), copying);
            error = jobs.await(started, config.queryTimeout(), () -> {})
                    .orElseThrow(() -> new MillraceException(
                            ErrorCode.WAREHOUSE_FAILED,
                            "the job " + name + ", which copies what " + table + " was, runs for longer than "
                                    + config.queryTimeout().toSeconds() + " s"))
                    .getStatus()
                    .getError();
        } catch (BigQueryException e) {
            error = e.getError();
            if (error == null) {
                throw e;
            }
        }
        if (error != null) {
            if (String.valueOf(error.getReason()).matches("invalid|notFound")) {
                throw refused(
                        load,
                        table,
                        "BigQuery hasn't got any more what the table was (" + error.getMessage()
                                + "); it keeps it for two to seven days, as the dataset's time travel says");
            }
            throw Failures.of("the rollback of run " + load, error, null);
        }
        return copy;
    }

    private Rollback.Done undo(String load, Table table, Loaded loaded, Table copy) throws InterruptedException {
        com.google.cloud.bigquery.Table copied = requireNonNull(bigquery.getTable(copy.id()), copy.toString());
        List<String> columns = requireNonNull(copied.getDefinition().getSchema(), "schema").getFields().stream()
                .map(Field::getName)
                .toList();
        try {
            queries.run(
                    location,
                    Statements.rollBack(location.ledger(), load, table, loaded, copy, columns),
                    Labels.of("rollback", load, table.toString()));
        } catch (MillraceException e) {
            // another call may have been faster
            if (queries.loaded(location, load).filter(Loaded::isRolledBack).isEmpty()) {
                throw e;
            }
        }
        return new Rollback.Done(copied.getNumRows().longValueExact());
    }

    private void drop(Table copy) {
        try {
            bigquery.delete(copy.id());
        } catch (BigQueryException e) {
            LOG.warn("the table {} can't be dropped; it expires by itself", copy, e);
        }
    }

    static Refusal.Failed refusal(String load, Table table, String why) {
        return new Refusal.Failed(
                ErrorCode.ROLLBACK_REFUSED, "run " + load + " can't be rolled back from " + table + ": " + why);
    }

    private static MillraceException refused(String load, Table table, String why) {
        Refusal.Failed refusal = refusal(load, table, why);
        return new MillraceException(refusal.code(), refusal.reason());
    }
}
