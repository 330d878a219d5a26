package dev.millrace.pipeline;

import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.HashSet;
import java.util.List;

/**
 * The table that an endpoint fills; it and its dataset are created when they are missing.
 *
 * @param table {@code dataset.table} or {@code project.dataset.table}
 * @param keys the columns that identify a row; exactly for {@link Write#MERGE}
 * @param partition of the table when it is created, if the warehouse has partitions; null: none
 * @param cluster columns by which the table's rows are kept together when it is created, if the warehouse does that
 */
@Serdeable
@Doc("The table that an endpoint fills.")
public record Destination(
        @Doc("dataset.table or project.dataset.table.") String table,

        @Doc("What happens to the rows that are already there.")
        Write write,

        @Default("[]") @Doc("Columns that identify a row, for merge.")
        List<String> keys,

        @Default("fail") @Doc("Whether a run without records may empty a table that has rows.")
        Empty empty,

        @Default("strict") @Doc("What happens when the table's columns are not those of the schema.")
        Contract contract,

        @Doc("How a new table is partitioned in BigQuery.") @Nullable
        Partition partition,

        @Default("[]") @Doc("Columns by which a new table is clustered in BigQuery, four at most.")
        List<String> cluster) {
    /** https://cloud.google.com/bigquery/docs/clustered-tables#limitations */
    private static final int MAX_CLUSTER = 4;

    @Creator // of two constructors, that which reads JSON
    public Destination {
        Checks checks = new Checks();
        checks.that(
                table.matches("([a-z][a-z0-9-]{4,28}[a-z0-9]\\.)?[A-Za-z0-9_]{1,1024}\\.[A-Za-z0-9_]{1,1024}"),
                "table",
                table,
                "dataset.table or project.dataset.table, of letters, digits and _");
        keys = List.copyOf(keys);
        checks.that(write != Write.MERGE || !keys.isEmpty(), "keys", "none", "at least one column: merge needs keys");
        checks.that(write == Write.MERGE || keys.isEmpty(), "keys", keys, "nothing: only merge has keys");
        checks.that(new HashSet<>(keys).size() == keys.size(), "keys", keys, "each column once");
        cluster = List.copyOf(cluster);
        checks.that(cluster.size() <= MAX_CLUSTER, "cluster", cluster, MAX_CLUSTER + " columns at most");
        checks.that(new HashSet<>(cluster).size() == cluster.size(), "cluster", cluster, "each column once");
        checks.done();
    }

    /** A table of exactly the schema's columns, neither partitioned nor clustered. */
    public Destination(String table, Write write, List<String> keys, Empty empty) {
        this(table, write, keys, empty, Contract.STRICT, null, List.of());
    }

    /** What zero records do to a table that has rows and is to be replaced. */
    public enum Empty {
        FAIL,
        ALLOW
    }

    /** What a load does about a table whose columns are not those of the schema. */
    public enum Contract {
        /** It fails. */
        STRICT,
        /** It adds the columns that the table lacks and lets columns be NULL that the schema doesn't require; nothing else. */
        EVOLVE
    }

    /**
     * Partitions by time, https://cloud.google.com/bigquery/docs/partitioned-tables
     *
     * @param expireAfterDays null: never
     */
    @Serdeable
    @Doc("Partitions of a table.")
    public record Partition(
            @Doc("Column of type DATE, DATETIME or TIMESTAMP.")
            String column,

            @Default("day") @Doc("How much time a partition holds.")
            By by,

            @Doc("Days after which BigQuery deletes a partition; by default never.") @Nullable
            Integer expireAfterDays) {
        public Partition {
            Checks checks = new Checks();
            checks.that(
                    expireAfterDays == null || expireAfterDays > 0,
                    "expireAfterDays",
                    String.valueOf(expireAfterDays),
                    "1 or more");
            checks.done();
        }

        public enum By {
            HOUR,
            DAY,
            MONTH,
            YEAR
        }
    }
}
