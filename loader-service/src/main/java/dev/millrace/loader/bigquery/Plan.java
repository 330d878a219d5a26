package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.DatasetId;
import dev.millrace.loader.KeyedChange;
import dev.millrace.loader.TableLoad;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.LoadPlan;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The plan of a load: what it would do. It changes nothing: it reads what is known of the table, and has BigQuery
 * check each statement without running it (https://cloud.google.com/bigquery/docs/running-queries#dry-run). Only to
 * see whether there are rows that a replace with none would remove, it counts them.
 */
final class Plan {
    private final BigQuery bigquery;
    private final QueryJobs queries;
    private final BigQueryConfig config;
    private final JobLocation location;
    private final TableLoad tableLoad;
    private final Table table;
    private final @Nullable Long rows;
    private final List<String> steps = new ArrayList<>();

    /** @param rows that would be loaded; null: nobody knows */
    Plan(
            BigQuery bigquery,
            QueryJobs queries,
            BigQueryConfig config,
            JobLocation location,
            TableLoad tableLoad,
            Table table,
            @Nullable Long rows) {
        this.bigquery = bigquery;
        this.queries = queries;
        this.config = config;
        this.location = location;
        this.tableLoad = tableLoad;
        this.table = table;
        this.rows = rows;
    }

    /**
     * @param queryBytes bytes that a model's query would process; null: there is none
     * @throws MillraceException with that which the load would fail with
     */
    LoadPlan make(@Nullable Long queryBytes) throws InterruptedException {
        if (queryBytes != null) {
            steps.add(String.format(
                    Locale.ROOT, "the model's query would process %,d bytes%s", queryBytes, allowed(queryBytes, true)));
        }
        switch (new Target(bigquery, config, location)
                .compare(table, tableLoad.destination(), tableLoad.tableSchema())) {
            case Target.Change.Create() -> create();
            case Target.Change.Alter(
                    List<Column> added,
                    List<String> statements,
                    List<String> nested,
                    List<Column> _) -> change(added, statements, nested);
        }
        if (tableLoad.cursor() != null) {
            steps.add(tableLoad.cursor().words(true));
        }
        return new LoadPlan(rows == null ? 0 : rows, steps);
    }

    private void create() {
        if (bigquery.getDataset(DatasetId.of(table.project(), table.dataset())) == null) {
            if (!config.createDatasets()) {
                throw new MillraceException(
                        ErrorCode.WAREHOUSE_NOT_FOUND,
                        "the load into " + name() + ": there is no dataset " + table.project() + "." + table.dataset()
                                + ", and millrace.warehouse.bigquery.create-datasets is false");
            }
            steps.add("would create the dataset " + table.project() + "." + table.dataset() + " in "
                    + location.location());
        }
        steps.add("would create the table " + name());
        steps.add(change());
    }

    private void change(List<Column> added, List<String> statements, List<String> nested) throws InterruptedException {
        for (String statement : statements) {
            queries.bytes(location, statement);
            steps.add("would run " + statement);
        }
        if (!nested.isEmpty()) {
            steps.add("would add the fields " + String.join(", ", nested));
        }
        // what isn't there yet can't be named; of a window or a key that is new there are no values
        TableLoad known = without(added);
        if (known != null && rows != null && tableLoad.refusesToEmpty(rows)) {
            long present = queries.number(location, Statements.replaced(tableLoad, table, location.ledger()));
            if (present > 0) {
                Refusal.Failed emptied = Statements.emptied(tableLoad);
                throw new MillraceException(emptied.code(), emptied.reason());
            }
        }
        for (String path : tableLoad.missing()) {
            if (!added.contains(tableLoad.way(path).getFirst())
                    && queries.number(location, Statements.valued(tableLoad, table, path)) > 0) {
                throw new MillraceException(ErrorCode.SCHEMA_DRIFT, tableLoad.drifted(path));
            }
        }
        steps.add(change());
        tableLoad.destination().checks().forEach(check -> steps.add("would check " + check.title()));
        if (KeyedChange.isOf(tableLoad.destination())) {
            steps.add("what the commit would process can't be known before its rows are there");
        } else if (known == null || !nested.isEmpty()) {
            steps.add("what the commit would process can't be known before its columns are there");
        } else {
            long bytes = 0;
            for (String statement : Statements.dryRun(known, table, location.ledger())) {
                bytes += queries.bytes(location, statement);
            }
            boolean pruned = Statements.partitionKey(tableLoad).isPresent();
            steps.add(String.format(
                    Locale.ROOT,
                    "the commit would process %s%,d bytes of the table%s, beside the rows that arrive%s",
                    pruned ? "at most " : "",
                    bytes,
                    pruned ? " (only the partitions that arrive)" : "",
                    allowed(bytes, !pruned)));
        }
    }

    /** Null when the load can't do without one of the columns. */
    private @Nullable TableLoad without(List<Column> added) {
        Destination.Table destination = tableLoad.destination();
        TableLoad.Window window = tableLoad.window();
        Stream<String> needed = Stream.concat(
                destination.keys().stream(), window == null ? Stream.empty() : Stream.of(window.column()));
        if (needed.anyMatch(
                name -> added.stream().anyMatch(column -> column.name().equalsIgnoreCase(name)))) {
            return null;
        }
        return new TableLoad(
                tableLoad.load(),
                tableLoad.generation(),
                tableLoad.attempt(),
                tableLoad.run(),
                destination,
                tableLoad.schema().stream()
                        .filter(column -> !added.contains(column))
                        .toList(),
                tableLoad.parts(),
                window,
                tableLoad.cursor(),
                tableLoad.credentials());
    }

    private String change() {
        String arriving =
                rows == null ? "what the model's query selects" : String.format(Locale.ROOT, "%,d rows", rows);
        return switch (tableLoad.destination().write()) {
            case REPLACE -> "would replace the rows of " + name() + tableLoad.ofWindow() + " with " + arriving;
            case APPEND -> "would append to " + name() + ": " + arriving;
            case MERGE -> keyed("merge", arriving);
            case INSERT_ONLY -> keyed("insert", arriving);
        };
    }

    private String keyed(String verb, String arriving) {
        String words = KeyedChange.words(tableLoad.destination());
        return "would " + verb + " into " + name() + ": " + arriving + (words.isEmpty() ? "" : "; " + words);
    }

    /** @param certain whether so many bytes are processed at least */
    private String allowed(long bytes, boolean certain) {
        Long most = config.maximumBytesBilled();
        if (most == null) {
            return "";
        }
        if (certain && bytes > most) {
            throw new MillraceException(
                    ErrorCode.BYTES_BILLED_EXCEEDED,
                    String.format(
                            Locale.ROOT,
                            "the load into %s would process %,d bytes at least (allowed: %,d,"
                                    + " millrace.warehouse.bigquery.maximum-bytes-billed)",
                            name(),
                            bytes,
                            most));
        }
        return String.format(Locale.ROOT, " (allowed: %,d in all)", most);
    }

    private String name() {
        return tableLoad.destination().table();
    }
}
