package dev.millrace.pipeline;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
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
        /**
         * It adds the columns that the table lacks, those within records too, and lets columns be NULL that the schema doesn't
         * require; nothing else.
         */
        EVOLVE,
        /**
         * The schema is made of the data as well. Beside what {@link #EVOLVE} does, a number's column becomes wider: INTEGER
         * to NUMERIC to BIGNUMERIC.
         */
        INFER
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
            Partition.By by,

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
     * @param order of rows with the same keys; null: the one that came last stays
     * @param deletes null: no row is deleted
     * @param history null: only the last version of a row is kept
     * @param partition of the table when it is created, if the warehouse has partitions; null: none
     * @param cluster columns by which the table's rows are kept together when it is created, if the warehouse does that
     * @param checks what the table has to meet as a load leaves it
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
            List<String> cluster,

            @Doc("Which of several rows with the same keys stays, for merge and insert-only.") @Nullable
            Order order,

            @Doc("Which rows the source has deleted, and what becomes of them, for merge.") @Nullable
            Deletes deletes,

            @Doc("Keeps former versions of rows, for merge.") @Nullable
            History history,

            @Default("[]") @Doc("What the table has to meet as a load leaves it, before anybody sees it.")
            List<TableCheck> checks)
            implements Destination, FileRules {
        static final String NAME_RULE = "dataset.table or project.dataset.table, of letters, digits and _";

        private static final Pattern TABLE_NAME =
                Pattern.compile("([a-z][a-z0-9-]{4,28}[a-z0-9]\\.)?[A-Za-z0-9_]{1,1024}\\.[A-Za-z0-9_]{1,1024}");

        private static final Set<String> OF_OTHERS = Set.of("millrace", "information_schema", "pg_catalog");

        /** https://cloud.google.com/bigquery/docs/clustered-tables#limitations */
        private static final int MAX_CLUSTER = 4;

        @Creator // of two constructors, that which reads JSON
        public Table {
            Checks wrong = new Checks();
            wrong.that(isName(table), "table", table, NAME_RULE);
            wrong.that(!isOfOthers(table), "table", table, "another dataset: this one is not for loaded tables");
            keys = List.copyOf(keys);
            wrong.that(new HashSet<>(keys).size() == keys.size(), "keys", keys, "each column once");
            cluster = List.copyOf(cluster);
            wrong.that(cluster.size() <= MAX_CLUSTER, "cluster", cluster, MAX_CLUSTER + " columns at most");
            wrong.that(new HashSet<>(cluster).size() == cluster.size(), "cluster", cluster, "each column once");
            checks = List.copyOf(checks);
            Set<String> titles = new HashSet<>();
            for (int i = 0; i < checks.size(); i++) {
                String title = checks.get(i).title();
                wrong.that(titles.add(title), "checks[" + i + "].name", title, "a name of its own");
            }
            wrong.done();
        }

        /** Whether the dataset is that of Millrace's ledger, or one that warehouses have of their own. */
        private static boolean isOfOthers(String table) {
            String[] names = table.split("\\.", -1);
            return names.length > 1 && OF_OTHERS.contains(names[names.length - 2].toLowerCase(Locale.ROOT));
        }

        /** Whether a text is {@code dataset.table} or {@code project.dataset.table}. */
        static boolean isName(String text) {
            return TABLE_NAME.matcher(text).matches();
        }

        /** The same, to which rows are only added. */
        public Table appending() {
            return new Table(
                    table, Write.APPEND, keys, empty, contract, partition, cluster, order, deletes, history, checks);
        }

        @Override
        public void check(Checks checks) {
            checks.that(
                    !write.hasKeys() || !keys.isEmpty(),
                    "keys",
                    "none",
                    "at least one column: merge and insert-only need keys");
            checks.that(
                    write.hasKeys() || keys.isEmpty(), "keys", keys, "nothing: only merge and insert-only have keys");
            checks.that(
                    order == null || write.hasKeys(), "order", "order", "nothing: only rows with keys have an order");
            checks.that(deletes == null || write == Write.MERGE, "deletes", "deletes", "nothing: only merge deletes");
            checks.that(
                    history == null || write == Write.MERGE, "history", "history", "nothing: only merge has a history");
            if (history != null && order != null) {
                checks.that(
                        order.keep() == Order.Keep.NEWEST,
                        "order.keep",
                        "oldest",
                        "newest: with a history the newest version is the current one");
            }
            if (history != null && deletes != null) {
                checks.that(
                        deletes.rows() == Deletes.Rows.REMOVE,
                        "deletes.rows",
                        "mark",
                        "nothing: with a history a row that was deleted is closed, and stays");
            }
        }

        /** A table of exactly the schema's columns, neither partitioned nor clustered. */
        public Table(String table, Write write, List<String> keys, Empty empty) {
            this(table, write, keys, empty, Contract.STRICT, null, List.of());
        }

        /** A table whose rows have no order, of which none is deleted, and that has no history. */
        public Table(
                String table,
                Write write,
                List<String> keys,
                Empty empty,
                Contract contract,
                @Nullable Partition partition,
                List<String> cluster) {
            this(table, write, keys, empty, contract, partition, cluster, null, null, null);
        }

        /** A table without checks. */
        public Table(
                String table,
                Write write,
                List<String> keys,
                Empty empty,
                Contract contract,
                @Nullable Partition partition,
                List<String> cluster,
                @Nullable Order order,
                @Nullable Deletes deletes,
                @Nullable History history) {
            this(table, write, keys, empty, contract, partition, cluster, order, deletes, history, List.of());
        }

        /** The checks whose rows are left out of a load when they don't meet them. */
        public List<TableCheck.ForeignKey> rejecting() {
            return checks.stream()
                    .filter(check -> check.severity() == TableCheck.Severity.REJECT)
                    .map(TableCheck.ForeignKey.class::cast)
                    .toList();
        }

        /** Columns of the table that no record has: the load fills them. */
        public List<Column> ownColumns() {
            List<Column> own = new ArrayList<>();
            if (deletes != null && deletes.mark() != null) {
                own.add(Column.made(
                        deletes.mark(), Column.Type.TIMESTAMP, "Since when the source hasn't got the row."));
            }
            if (history != null) {
                own.add(Column.made(history.from(), Column.Type.TIMESTAMP, "Since when the version is valid."));
                own.add(Column.made(history.to(), Column.Type.TIMESTAMP, "Until when it was; NULL: it is."));
                own.add(Column.made(history.current(), Column.Type.BOOLEAN, "Whether it is the current version."));
            }
            return own;
        }
    }

    /**
     * Which of several rows with the same keys stays, be they in one load or in the table already. Of two with the same
     * value the one that came later does; one without a value never stays against one that has it.
     *
     * @param by a column that can be compared
     */
    @Serdeable
    @Doc("Which of several rows with the same keys stays.")
    record Order(
            @Doc("Column that says which row is newer, for example updated_at.")
            String by,

            @Default("newest") @Doc("Whether the newest or the oldest row stays.")
            Keep keep) {
        public enum Keep {
            NEWEST,
            OLDEST
        }
    }

    /**
     * Rows that the source has deleted.
     *
     * @param column that says so, exactly for {@link Deletes.By#FLAG}: TRUE, or not NULL where it isn't BOOLEAN
     * @param mark column of the table, exactly for {@link Deletes.By#ABSENCE} with {@link Rows#MARK}
     */
    @Serdeable
    @Doc("Which rows the source has deleted, and what becomes of them.")
    record Deletes(
            @Doc("What says that a row is deleted: a flag that the record has, or its absence from a run.")
            Deletes.By by,

            @Doc("Column of the flag: deleted are rows where it is true, or has a value if it isn't BOOLEAN.") @Nullable
            String column,

            @Default("remove") @Doc("Whether deleted rows are removed from the table, or stay with a mark.")
            Rows rows,

            @Doc("Column that the load makes for rows that were absent: since when.") @Nullable
            String mark) {
        public Deletes {
            Checks checks = new Checks();
            checks.that(
                    (by == Deletes.By.FLAG) == (column != null),
                    "column",
                    String.valueOf(column),
                    by == Deletes.By.FLAG ? "the column of the flag" : "nothing: a row that is absent has no flag");
            boolean marks = by == Deletes.By.ABSENCE && rows == Rows.MARK;
            checks.that(
                    marks == (mark != null),
                    "mark",
                    String.valueOf(mark),
                    marks
                            ? "a name for the column that the load makes"
                            : "nothing: only rows that are absent get a mark");
            checks.done();
        }

        public enum By {
            /** A column of the record. */
            FLAG,
            /** It isn't among the rows of a run, each of which reads everything. */
            ABSENCE
        }

        public enum Rows {
            REMOVE,
            /** By {@link Deletes.By#FLAG} the flag itself is the mark, and the other columns stay as they were. */
            MARK
        }
    }

    /** Columns that the load makes: each version of a row is a row of its own. */
    @Serdeable
    @Doc("Keeps former versions of rows: columns that the load makes.")
    record History(
            @Default("valid_from") @Doc("Since when a version is valid.")
            String from,

            @Default("valid_to") @Doc("Until when a version was valid; NULL for the current one.")
            String to,

            @Default("is_current") @Doc("Whether a version is the current one.")
            String current) {}

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
            Empty empty,

            @Default("json") @Doc("Whether records that are not one JSON object in UTF-8 are rejected, or published.")
            Validate validate)
            implements Destination {
        /** What is looked at before a record is published. */
        public enum Validate {
            /** That it is what a table would take: one JSON object in UTF-8, without a name twice in an object. */
            JSON,
            NONE
        }

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
