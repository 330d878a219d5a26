package dev.millrace.pipeline;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/** The place where what an endpoint reads ends up: a table or a bucket. */
@Serdeable
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Destination.Table.class, name = "table"),
    @JsonSubTypes.Type(value = Destination.Bucket.class, name = "bucket")
})
@Default("table")
@Doc("Where what is read ends up: in a table, or as files in a bucket.")
public sealed interface Destination {
    /** What zero records do to something that has records and is to be replaced. */
    Empty empty();

    /** What zero records do to a table or day that has records and is to be replaced. */
    enum Empty {
        FAIL,
        ALLOW
    }

    /** What a load does about a table whose columns are not those of the schema. */
    enum Contract {
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
    record Partition(
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

    /**
     * A table of the warehouse; it and its dataset are created when they are missing.
     *
     * @param table {@code dataset.table} or {@code project.dataset.table}
     * @param keys the columns that identify a row; exactly for {@link Write#MERGE}
     * @param partition of the table when it is created, if the warehouse has partitions; null: none
     * @param cluster columns by which the table's rows are kept together when it is created, if the warehouse does that
     */
    @Serdeable
    @Doc("A table of the warehouse.")
    record Table(
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
            List<String> cluster)
            implements Destination {
        /** https://cloud.google.com/bigquery/docs/clustered-tables#limitations */
        private static final int MAX_CLUSTER = 4;

        @Creator // of two constructors, that which reads JSON
        public Table {
            Checks checks = new Checks();
            checks.that(
                    table.matches("([a-z][a-z0-9-]{4,28}[a-z0-9]\\.)?[A-Za-z0-9_]{1,1024}\\.[A-Za-z0-9_]{1,1024}"),
                    "table",
                    table,
                    "dataset.table or project.dataset.table, of letters, digits and _");
            keys = List.copyOf(keys);
            checks.that(
                    write != Write.MERGE || !keys.isEmpty(), "keys", "none", "at least one column: merge needs keys");
            checks.that(write == Write.MERGE || keys.isEmpty(), "keys", keys, "nothing: only merge has keys");
            checks.that(new HashSet<>(keys).size() == keys.size(), "keys", keys, "each column once");
            cluster = List.copyOf(cluster);
            checks.that(cluster.size() <= MAX_CLUSTER, "cluster", cluster, MAX_CLUSTER + " columns at most");
            checks.that(new HashSet<>(cluster).size() == cluster.size(), "cluster", cluster, "each column once");
            checks.done();
        }

        /** A table of exactly the schema's columns, neither partitioned nor clustered. */
        public Table(String table, Write write, List<String> keys, Empty empty) {
            this(table, write, keys, empty, Contract.STRICT, null, List.of());
        }
    }

    /**
     * Files of records as they were read, with a marker that names those that count. Each run replaces what was there,
     * of its day if it loads one.
     *
     * @param bucket name of a bucket that the loader may publish to
     * @param key what the names of the objects begin with, without a slash at either end
     * @param rows most records in a file; null: files end by their size
     */
    @Serdeable
    @Doc("A bucket or folder that gets the records as they were read.")
    record Bucket(
            @Doc("Name of the bucket; in a local installation, of a folder among those that it publishes.")
            String bucket,

            @Doc("What the names of the files begin with; the day of the run follows, if it loads one.")
            String key,

            @Doc("Most records in a file; by default files end by their size.") @Nullable
            Integer rows,

            @Default("fail") @Doc("Whether a run without records may replace one that had some.")
            Empty empty)
            implements Destination {
        /** https://cloud.google.com/storage/docs/buckets#naming, without names with dots, which are domains. */
        private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]");

        private static final Pattern KEY =
                Pattern.compile("(?!.{513})[A-Za-z0-9][A-Za-z0-9_=.-]*(/[A-Za-z0-9][A-Za-z0-9_=.-]*)*");

        public Bucket {
            Checks checks = new Checks();
            checks.that(
                    NAME.matcher(bucket).matches(),
                    "bucket",
                    bucket,
                    "3 to 63 lower case letters, digits, _ and -, with a letter or digit at both ends");
            checks.that(
                    KEY.matcher(key).matches(),
                    "key",
                    key,
                    "names with slashes between them, such as events/charges, of letters, digits, _, -, = and ., each"
                            + " with a letter or digit at its start");
            checks.that(rows == null || rows >= 1, "rows", String.valueOf(rows), "1 or more");
            checks.done();
        }
    }
}
