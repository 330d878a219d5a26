package dev.millrace.loader.bigquery;

import static java.util.Objects.requireNonNull;

import dev.millrace.loader.CheckQueries;
import dev.millrace.loader.KeyedChange;
import dev.millrace.loader.Orphans;
import dev.millrace.loader.RejectedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.loader.TableRestore;
import dev.millrace.loader.Widening;
import dev.millrace.loader.backup.BackupManifest;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Manifest;
import dev.millrace.task.CursorChange;
import io.micronaut.core.annotation.Nullable;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The SQL that moves a load from its stage table into its destination, as one multi-statement query
 * (https://cloud.google.com/bigquery/docs/transactions). Without an exception handler, a statement that fails ends the
 * script and rolls its transaction back.
 */
final class Statements {
    /** Names of our own within a statement; no column can have one of them. */
    private static final String OLD = KeyedChange.OLD;

    private static final String NEW = KeyedChange.NEW;
    private static final String ELEMENT = "_millrace_element";
    private static final String OFFSET = "_millrace_offset";
    private static final String FIRST_PARTITION = "_millrace_first";
    private static final String LAST_PARTITION = "_millrace_last";
    private static final String NOW = "_millrace_now";
    private static final String LAST_LOAD = "_millrace_last_load";
    private static final String WIDENED = "_millrace_widened";

    private static final DateTimeFormatter MICROS = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd HH:mm:ss.SSSSSSX", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final String CHECK = "_millrace_check_";
    private static final String CHECKS = "_millrace_checks";

    private static final KeyedChange.Dialect DIALECT = new KeyedChange.Dialect() {
        @Override
        public String name(String identifier) {
            return Sql.name(identifier);
        }

        @Override
        public String temporary(String name) {
            return Sql.name(name);
        }

        // neither JSON and GEOGRAPHY nor arrays can be compared, and so no records with these in them
        @Override
        public String comparable(Column column, String value) {
            boolean whole = column.mode() == Column.Mode.REPEATED
                    || switch (column.type()) {
                        case JSON, GEOGRAPHY, RECORD -> true;
                        case INTEGER,
                                NUMERIC,
                                BIGNUMERIC,
                                FLOAT,
                                BOOLEAN,
                                STRING,
                                BYTES,
                                DATE,
                                TIME,
                                DATETIME,
                                TIMESTAMP,
                                INTERVAL -> false;
                    };
            return whole ? "TO_JSON_STRING(" + value + ")" : value;
        }

        @Override
        public String now() {
            return NOW;
        }
    };

    private CheckQueries.Dialect checks() {
        return new CheckQueries.Dialect() {
            @Override
            public String name(String identifier) {
                return Sql.name(identifier);
            }

            @Override
            public String text(String value) {
                return Sql.text(value);
            }

            @Override
            public String type(Column column) {
                return Types.of(column);
            }

            @Override
            public String texts() {
                return "STRING";
            }

            @Override
            public String reals() {
                return "FLOAT64";
            }

            @Override
            public String table(String name) {
                return Table.of(name, table.project()).sql();
            }

            @Override
            public String json(String value) {
                return "TO_JSON_STRING(" + value + ")";
            }

            @Override
            public String divided(String number, String by) {
                return "SAFE_DIVIDE(" + number + ", " + by + ")";
            }

            @Override
            public String finite(String number) {
                return "IF(IS_INF(" + number + ") OR IS_NAN(" + number + "), NULL, " + number + ")";
            }

            @Override
            public String sample(String row, int most) {
                return json("ARRAY_AGG(" + json(row) + " ORDER BY " + json(row) + " LIMIT " + most + ")");
            }
        };
    }

    /** What the columns of a stage table hold. */
    enum Staged {
        /** What Parquet can carry; the other types are text. */
        PARQUET,
        /** The values of the table. */
        VALUES
    }

    private final TableLoad tableLoad;
    private final long rows;
    private final RejectedRows.Written rejected;
    private final Staged staged;
    private final Table table;
    /** The stage table, or what stands for it in a dry run; for SQL. */
    private final String stage;

    private final Table ledger;
    private final List<Column> schema;

    /** @param rows that have been staged */
    Statements(TableLoad tableLoad, long rows, Staged staged, Table table, Table stage, Table ledger) {
        this(tableLoad, rows, RejectedRows.Written.NOTHING, staged, table, stage.sql(), ledger);
    }

    private Statements(
            TableLoad tableLoad,
            long rows,
            RejectedRows.Written rejected,
            Staged staged,
            Table table,
            String stage,
            Table ledger) {
        this.tableLoad = tableLoad;
        this.rows = rows;
        this.rejected = rejected;
        this.staged = staged;
        this.table = table;
        this.stage = stage;
        this.ledger = ledger;
        this.schema = tableLoad.schema();
    }

    /**
     * What a commit does to the table, each statement for a dry run of its own: there is no stage table, so a row of NULLs
     * of the table's types stands for it. A dry run of the whole script would need variables and transactions, of which
     * Google's documentation says nothing.
     */
    static List<String> dryRun(TableLoad tableLoad, Table table, Table ledger) {
        String row = Stream.concat(
                        tableLoad.schema().stream()
                                .map(column -> "CAST(NULL AS " + Types.of(column) + ") AS " + Sql.name(column.name())),
                        Stream.of("0 AS " + Manifest.POSITION))
                .collect(Collectors.joining(", ", "(SELECT ", ")"));
        Statements statements = new Statements(
                tableLoad, tableLoad.rows(), RejectedRows.Written.NOTHING, Staged.VALUES, table, row, ledger);
        List<String> all = new ArrayList<>(statements.change(""));
        all.add("SELECT COUNT(*) AS present FROM " + table.sql());
        return all;
    }

    /** How many rows a replace by the load would find. */
    static String replaced(TableLoad tableLoad, Table table, Table ledger) {
        return "SELECT COUNT(*) AS replaced FROM "
                + new Statements(
                                tableLoad,
                                tableLoad.rows(),
                                RejectedRows.Written.NOTHING,
                                Staged.VALUES,
                                table,
                                "",
                                ledger)
                        .present();
    }

    /** The same load without the rows that it rejects. */
    Statements without(RejectedRows.Written written, Table orphans) {
        return new Statements(
                tableLoad,
                rows - written.rows(),
                written,
                staged,
                table,
                "(SELECT * FROM " + stage + " WHERE " + Manifest.POSITION + " NOT IN (SELECT " + Orphans.POSITION
                        + " FROM " + orphans.sql() + "))",
                ledger);
    }

    /** Staged rows that the load rejects. */
    String orphans() {
        return Orphans.of(tableLoad, checks(), this::value, arriving(), NEW + "." + Manifest.POSITION);
    }

    /** What is there of them, in order. */
    static String orphans(Table orphans) {
        return "SELECT " + Orphans.POSITION + ", " + Orphans.CHECK + ", " + Orphans.FOUND + " FROM " + orphans.sql()
                + " ORDER BY 1, 2";
    }

    /** How many rows that are. */
    static String orphanCount(Table orphans) {
        return "SELECT COUNT(DISTINCT " + Orphans.POSITION + ") AS n FROM " + orphans.sql();
    }

    /** The whole commit, to be run as one job. */
    String commit() {
        List<String> statements = new ArrayList<>(declarations());
        List<CheckQueries.Query> checks = checkQueries();
        for (int i = 0; i < checks.size(); i++) {
            statements.add("DECLARE " + CHECK + i + " STRING DEFAULT ''");
        }
        if (!checks.isEmpty()) {
            statements.add("DECLARE " + CHECKS + " STRING DEFAULT ''");
        }
        statements.add("BEGIN TRANSACTION");
        statements.add(check(
                "NOT EXISTS (SELECT 1 FROM " + ledger.sql() + " WHERE load = " + Sql.text(tableLoad.load()) + ")",
                new Refusal.Committed()));
        statements.addAll(cursorChecks());
        statements.addAll(stageChecks());
        statements.addAll(replaceChecks());
        statements.addAll(driftChecks());
        statements.addAll(isKeyed() ? keyedChange() : change(pruning()));
        statements.addAll(tableChecks(checks));
        statements.add(ledgerRow(checks.isEmpty() ? cursor(null) : CHECKS));
        statements.add("COMMIT TRANSACTION");
        return String.join(";\n", statements) + ";";
    }

    /**
     * The whole restore of a backup, to be run as one job.
     *
     * @param present columns of the table
     * @param stage with the backup's rows
     */
    static String restore(TableRestore restore, List<Column> present, Table table, Table stage, Table ledger) {
        BackupManifest backup = restore.backup();
        Statements load = new Statements(restore.tableLoad(), backup.rows(), Staged.PARQUET, table, stage, ledger);
        List<String> statements = new ArrayList<>();
        statements.add("DECLARE " + NOW + " TIMESTAMP DEFAULT (CURRENT_TIMESTAMP())");
        statements.add("DECLARE " + LAST_LOAD + " TIMESTAMP DEFAULT (SELECT MAX(decided_at) FROM " + ledger.sql()
                + " WHERE load = " + cursor(restore.isBack() ? backup.lastLoad() : null) + " AND table_name = "
                + Sql.text(table.toString()) + ")");
        statements.add("BEGIN TRANSACTION");
        statements.add(check(
                "NOT EXISTS (SELECT 1 FROM " + ledger.sql() + " WHERE load = " + Sql.text(restore.load()) + ")",
                new Refusal.Committed()));
        statements.addAll(load.stageChecks());
        statements.add(load.removal());
        statements.add("INSERT INTO " + table.sql() + " (" + names(backup.columns()) + ") SELECT "
                + backup.columns().stream()
                        .map(column -> widened(load.value(column), column, find(present, column), 1))
                        .collect(Collectors.joining(", "))
                + " FROM " + load.arriving());
        statements.addAll(undone(restore, table, ledger));
        statements.add(load.ledgerRow(cursor(null)));
        if (restore.isBack()) {
            statements.addAll(cursorsAsTheyWere(restore, table, ledger));
        }
        statements.add("COMMIT TRANSACTION");
        return String.join(";\n", statements) + ";";
    }

    private static Column find(List<Column> present, Column column) {
        return present.stream()
                .filter(each -> each.name().equalsIgnoreCase(column.name()))
                .findFirst()
                .orElse(column);
    }

    /** Loads after those that the backup has are in the table no more; those that it has, and that were undone since, are again. */
    private static List<String> undone(TableRestore restore, Table table, Table ledger) {
        String ofTable = " WHERE table_name = " + Sql.text(table.toString());
        List<String> statements = new ArrayList<>();
        statements.add("UPDATE " + ledger.sql() + " SET state = 'ROLLED_BACK', cursor_number = NULL, undone_at = " + NOW
                + ofTable + " AND state = 'COMMITTED' AND (" + LAST_LOAD + " IS NULL OR decided_at > " + LAST_LOAD
                + ")");
        if (restore.isBack()) {
            statements.add("UPDATE " + ledger.sql() + " SET state = 'COMMITTED'" + ofTable
                    + " AND state = 'ROLLED_BACK' AND decided_at <= " + LAST_LOAD + " AND undone_at > "
                    + "TIMESTAMP " + Sql.text(MICROS.format(restore.backup().at())));
        }
        return statements;
    }

    private static List<String> cursorsAsTheyWere(TableRestore restore, Table table, Table ledger) {
        return restore.backup().cursors().stream()
                .map(then -> "INSERT INTO " + ledger.sql()
                        + " (load, state, generation, run, table_name, table_rows, pipeline, endpoint, cursor_by,"
                        + " `cursor`, cursor_number, decided_at) SELECT "
                        + Sql.text("cursor-" + restore.load() + "-" + then.pipeline() + "/" + then.endpoint())
                        + ", 'CURSOR', 1, " + Sql.text(restore.run()) + ", " + Sql.text(table.toString()) + ", "
                        + restore.backup().rows() + ", " + Sql.text(then.pipeline()) + ", "
                        + Sql.text(then.endpoint()) + ", " + cursor(then.by()) + ", " + cursor(then.value())
                        + ", COALESCE(" + number(ledger, then.pipeline(), then.endpoint())
                        + ", 0) + 1, CURRENT_TIMESTAMP()")
                .toList();
    }

    /** What a table has of a value whose records have fewer fields, or whose numbers are narrower. */
    private static String widened(String value, Column from, Column to, int depth) {
        boolean coerced = from.type() != Column.Type.RECORD && from.mode() != Column.Mode.REPEATED;
        if (coerced || Types.of(from).equals(Types.of(to))) {
            return value;
        }
        if (from.mode() != Column.Mode.REPEATED) {
            return widenedOne(value, from, to, depth);
        }
        String element = WIDENED + depth;
        String offset = WIDENED + OFFSET + depth;
        return "ARRAY(SELECT " + widenedOne(element, from, to, depth + 1) + " FROM UNNEST(" + value + ") AS " + element
                + " WITH OFFSET AS " + offset + " ORDER BY " + offset + ")";
    }

    private static String widenedOne(String value, Column from, Column to, int depth) {
        if (from.type() != Column.Type.RECORD) {
            return "CAST(" + value + " AS " + to.type().name() + ")";
        }
        return "IF(" + value + " IS NULL, NULL, STRUCT("
                + to.fields().stream()
                        .map(field -> Widening.field(from, field.name())
                                        .map(present ->
                                                widened(value + "." + Sql.name(present.name()), present, field, depth))
                                        .orElse("CAST(" + (field.mode() == Column.Mode.REPEATED ? "[]" : "NULL")
                                                + " AS " + Types.of(field) + ")")
                                + " AS " + Sql.name(field.name()))
                        .collect(Collectors.joining(", "))
                + "))";
    }

    /**
     * Copies a table for a backup, as what is staged, with text for what files can't carry. In the same transaction, and
     * so of the same moment, it answers what the ledger says of the table.
     *
     * @param stage which gets the rows
     */
    static String copy(List<Column> columns, Table table, Table stage, Table ledger) {
        return String.join(
                        ";\n",
                        "BEGIN TRANSACTION",
                        "INSERT INTO " + stage.sql() + " (" + names(columns) + ") SELECT " + exported(columns)
                                + " FROM " + table.sql(),
                        standing(ledger, table),
                        "COMMIT TRANSACTION")
                + ";";
    }

    /** The rows of a table with text for what files can't carry. */
    static String exported(List<Column> columns, Table table) {
        return "SELECT " + exported(columns) + " FROM " + table.sql();
    }

    private static String exported(List<Column> columns) {
        return columns.stream()
                .map(column -> exported(column, Sql.name(column.name()), 1) + " AS " + Sql.name(column.name()))
                .collect(Collectors.joining(", "));
    }

    private static String exported(Column column, String value, int depth) {
        if (!Types.travelsAsText(column)) {
            return value;
        }
        if (column.mode() != Column.Mode.REPEATED) {
            return exportedOne(column, value, depth);
        }
        String element = ELEMENT + depth;
        String offset = OFFSET + depth;
        return "ARRAY(SELECT " + exportedOne(column, element, depth + 1) + " FROM UNNEST(" + value + ") AS " + element
                + " WITH OFFSET AS " + offset + " ORDER BY " + offset + ")";
    }

    private static String exportedOne(Column column, String value, int depth) {
        return switch (column.type()) {
            case INTEGER, NUMERIC, FLOAT, BOOLEAN, STRING, BYTES, DATE, TIMESTAMP -> value;
            case BIGNUMERIC, TIME, DATETIME, INTERVAL -> "CAST(" + value + " AS STRING)";
            case JSON -> "IF(" + value + " IS NULL, NULL, TO_JSON_STRING(" + value + "))";
            case GEOGRAPHY -> "ST_ASTEXT(" + value + ")";
            case RECORD ->
                "IF(" + value + " IS NULL, NULL, STRUCT("
                        + column.fields().stream()
                                .map(field -> exported(field, value + "." + Sql.name(field.name()), depth) + " AS "
                                        + Sql.name(field.name()))
                                .collect(Collectors.joining(", "))
                        + "))";
        };
    }

    /**
     * The load that has changed a table last, and the cursors of those who have loaded it, each as it is now: a row for
     * each, or one without a cursor.
     */
    private static String standing(Table ledger, Table table) {
        String ofTable = "table_name = " + Sql.text(table.toString());
        return "SELECT last.load, moved.pipeline, moved.endpoint, moved.cursor_by, moved.`cursor` FROM (SELECT (SELECT"
                + " load FROM " + ledger.sql() + " WHERE " + ofTable + " AND state = 'COMMITTED'"
                + " QUALIFY ROW_NUMBER() OVER (PARTITION BY table_name ORDER BY decided_at DESC, load) = 1) AS load)"
                + " AS last LEFT JOIN (SELECT pipeline, endpoint, cursor_by, `cursor` FROM " + ledger.sql() + " AS "
                + OLD + " WHERE cursor_number IS NOT NULL AND EXISTS (SELECT 1 FROM " + ledger.sql() + " AS " + NEW
                + " WHERE " + NEW + "." + ofTable + " AND " + NEW + ".pipeline = " + OLD + ".pipeline AND " + NEW
                + ".endpoint = " + OLD + ".endpoint)"
                + " QUALIFY ROW_NUMBER() OVER (PARTITION BY pipeline, endpoint ORDER BY cursor_number DESC) = 1)"
                + " AS moved ON TRUE ORDER BY pipeline, endpoint";
    }

    private List<CheckQueries.Query> checkQueries() {
        return new CheckQueries(
                        tableLoad, checks(), table.sql(), tableLoad.window() == null ? null : inWindow(), Instant.now())
                .queries();
    }

    /** Looks at the table as the transaction leaves it, and fails where a check says so. */
    private List<String> tableChecks(List<CheckQueries.Query> checks) {
        if (checks.isEmpty()) {
            return List.of();
        }
        List<String> statements = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        List<String> all = new ArrayList<>();
        for (int i = 0; i < checks.size(); i++) {
            CheckQueries.Query query = checks.get(i);
            statements.add("SET " + CHECK + i + " = (" + query.sql() + ")");
            refused.add("STARTS_WITH(" + CHECK + i + ", " + Sql.text(query.refused()) + ")");
            all.add(CHECK + i);
        }
        statements.add("SET " + CHECKS + " = CONCAT('{\"results\":[', " + String.join(", ',', ", all) + ", ']}')");
        statements.add("SET " + CHECKS + " = IF(" + String.join(" OR ", refused) + ", "
                + UnmetChecks.error(tableLoad.destination().table(), CHECKS) + ", " + CHECKS + ")");
        return statements;
    }

    /** What the load did, and how many loads went into its table since midnight in UTC: one row, or none. */
    static String result(Table ledger, String load) {
        return "SELECT *, (SELECT COUNT(*) FROM " + ledger.sql()
                + " AS today WHERE today.table_name = done.table_name"
                + " AND today.decided_at >= TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), DAY)) AS today FROM " + ledger.sql()
                + " AS done WHERE load = " + Sql.text(load);
    }

    /** Changes nothing: its job takes the id that a commit would need. */
    static String close(String load) {
        return "SELECT " + Sql.text("load " + load + " is closed") + " AS closed";
    }

    /** Adds the columns, which are NULL in the rows that are there; their fields may be NULL too. */
    static String add(Table table, List<Column> columns) {
        return "ALTER TABLE " + table.sql()
                + columns.stream()
                        .map(column -> " ADD COLUMN IF NOT EXISTS " + Sql.name(column.name()) + " " + Types.of(column)
                                + (column.description() == null
                                        ? ""
                                        : " OPTIONS (description = " + Sql.text(column.description()) + ")"))
                        .collect(Collectors.joining(","));
    }

    /** Gives the column another type, which holds all that it does. */
    static String widen(Table table, Column column) {
        return "ALTER TABLE " + table.sql() + " ALTER COLUMN " + Sql.name(column.name()) + " SET DATA TYPE "
                + Types.of(column);
    }

    /** Lets the column be NULL. */
    static String relax(Table table, Column column) {
        return "ALTER TABLE " + table.sql() + " ALTER COLUMN " + Sql.name(column.name()) + " DROP NOT NULL";
    }

    /**
     * A merge need only read the partitions that it changes when the table is partitioned by one of its keys, and it
     * does so when their limits are known before: https://cloud.google.com/bigquery/docs/using-dml-with-partitioned-tables#pruning_partitions_when_using_a_merge_statement
     */
    private List<String> declarations() {
        List<String> declarations = new ArrayList<>();
        if (isKeyed()) {
            declarations.add("DECLARE " + NOW + " TIMESTAMP DEFAULT CURRENT_TIMESTAMP()");
            for (KeyedChange.Counter counter : KeyedChange.Counter.values()) {
                declarations.add("DECLARE " + variable(counter) + " INT64 DEFAULT 0");
            }
        }
        declarations.addAll(partitions());
        return declarations;
    }

    private List<String> partitions() {
        return partitionKey()
                .map(key -> List.of(declaration(FIRST_PARTITION, key, "MIN"), declaration(LAST_PARTITION, key, "MAX")))
                .orElse(List.of());
    }

    private String declaration(String variable, Column key, String aggregate) {
        return "DECLARE " + variable + " " + Types.of(key) + " DEFAULT (SELECT " + aggregate + "(" + value(key)
                + ") FROM " + arriving() + ")";
    }

    private String pruning() {
        return partitionKey()
                .map(key -> " AND " + OLD + "." + Sql.name(key.name()) + " BETWEEN " + FIRST_PARTITION + " AND "
                        + LAST_PARTITION)
                .orElse("");
    }

    private Optional<Column> partitionKey() {
        return partitionKey(tableLoad);
    }

    /** Of a merge that only reads the partitions that arrive, the key by which it does. */
    static Optional<Column> partitionKey(TableLoad tableLoad) {
        Destination.Partition partition = tableLoad.destination().partition();
        return partition == null || !tableLoad.destination().write().hasKeys()
                ? Optional.empty()
                : tableLoad.destination().keys().stream()
                        .filter(key -> key.equalsIgnoreCase(partition.column()))
                        .findFirst()
                        .map(key -> column(tableLoad, key));
    }

    private List<String> stageChecks() {
        List<String> checks = new ArrayList<>();
        checks.add(check(
                "(SELECT COUNT(*) FROM " + stage + ") = " + rows,
                new Refusal.Failed(
                        ErrorCode.STAGING_CORRUPT,
                        "the rows staged for " + tableLoad.destination().table() + " are not " + rows
                                + ", as many as there were")));
        List<Column> required = schema.stream()
                .filter(column -> column.mode() == Column.Mode.REQUIRED)
                .toList();
        if (!required.isEmpty()) {
            checks.add(check(
                    noneStaged(required.stream()
                            .map(column -> staged(column) + " IS NULL")
                            .collect(Collectors.joining(" OR "))),
                    new Refusal.Failed(
                            ErrorCode.STAGING_CORRUPT,
                            "a row staged for " + tableLoad.destination().table()
                                    + " has no value in a column that is REQUIRED")));
        }
        if (staged == Staged.PARQUET) {
            geographies(schema, List.of())
                    .forEach(way -> checks.add(check(
                            noneStaged(isUnreadable(NEW, way, 0)),
                            new Refusal.Failed(
                                    ErrorCode.STAGING_CORRUPT,
                                    "a row staged for "
                                            + tableLoad.destination().table() + " has a value in "
                                            + way.stream().map(Column::name).collect(Collectors.joining("."))
                                            + " that BigQuery doesn't read as a GEOGRAPHY"))));
        }
        return checks;
    }

    /** The ways to all columns that are GEOGRAPHY, the outermost column first. */
    private static List<List<Column>> geographies(List<Column> columns, List<Column> around) {
        List<List<Column>> ways = new ArrayList<>();
        for (Column column : columns) {
            List<Column> way = Stream.concat(around.stream(), Stream.of(column)).toList();
            if (column.type() == Column.Type.GEOGRAPHY) {
                ways.add(way);
            }
            ways.addAll(geographies(column.fields(), way));
        }
        return ways;
    }

    /** That a staged text of the way's last column is none that BigQuery can read. */
    private static String isUnreadable(String row, List<Column> way, int next) {
        if (next == way.size()) {
            return row + " IS NOT NULL AND SAFE.ST_GEOGFROM(" + row + ") IS NULL";
        }
        String value = row + "." + Sql.name(way.get(next).name());
        String element = ELEMENT + next;
        return way.get(next).mode() == Column.Mode.REPEATED
                ? "EXISTS (SELECT 1 FROM UNNEST(" + value + ") AS " + element + " WHERE "
                        + isUnreadable(element, way, next + 1) + ")"
                : isUnreadable(value, way, next + 1);
    }

    /** @param pruning what limits a merge to the partitions that arrive; empty: nothing */
    private List<String> change(String pruning) {
        return switch (tableLoad.destination().write()) {
            case REPLACE -> List.of(removal(), insert());
            case APPEND -> List.of(insert());
            case MERGE -> List.of(merge(pruning));
            case INSERT_ONLY -> throw new IllegalStateException("rows that are only inserted are a keyed change");
        };
    }

    private boolean isKeyed() {
        return KeyedChange.isOf(tableLoad.destination());
    }

    private List<String> keyedChange() {
        String arriving = "SELECT " + values(schema) + ", " + NEW + "." + Manifest.POSITION + " FROM " + arriving();
        return new KeyedChange(tableLoad, rows, DIALECT, table.sql(), arriving, pruning())
                .steps().stream()
                        .map(step -> switch (step) {
                            case KeyedChange.Step.Run(String sql) -> sql;
                            case KeyedChange.Step.Count(KeyedChange.Counter counter, String sql) ->
                                "SET " + variable(counter) + " = (" + sql + ")";
                        })
                        .toList();
    }

    private static String variable(KeyedChange.Counter counter) {
        return "_millrace_" + counter.name().toLowerCase(Locale.ROOT);
    }

    private List<String> replaceChecks() {
        List<String> checks = new ArrayList<>();
        TableLoad.Window window = tableLoad.window();
        if (window != null && tableLoad.isOfWindowAlone()) {
            checks.add(check(
                    noneStaged("(" + inWindow(value(column(window.column()))) + ") IS NOT TRUE"),
                    new Refusal.Failed(ErrorCode.SOURCE_INCONSISTENT, tableLoad.refusedAsOtherDay())));
        }
        if (tableLoad.refusesToEmpty(rows)) {
            checks.add(check("NOT EXISTS (SELECT 1 FROM " + present() + ")", emptied(tableLoad)));
        }
        return checks;
    }

    /** For a commit, each an assertion that a column which no record had has no values. */
    private List<String> driftChecks() {
        return tableLoad.missing().stream()
                .map(path -> check(
                        "NOT EXISTS (SELECT 1 FROM " + table.sql() + " AS " + OLD + " WHERE "
                                + hasValue(OLD, tableLoad.way(path), 0) + ")",
                        new Refusal.Failed(ErrorCode.SCHEMA_DRIFT, tableLoad.drifted(path))))
                .toList();
    }

    /** How many rows have a value in a column that no record had. */
    static String valued(TableLoad tableLoad, Table table, String path) {
        return "SELECT COUNT(*) AS valued FROM " + table.sql() + " AS " + OLD + " WHERE "
                + hasValue(OLD, tableLoad.way(path), 0);
    }

    /** @param way to the column, which is its last, from {@code next} on */
    private static String hasValue(String row, List<Column> way, int next) {
        Column column = way.get(next);
        String value = row + "." + Sql.name(column.name());
        boolean repeated = column.mode() == Column.Mode.REPEATED;
        if (next == way.size() - 1) {
            return repeated ? "ARRAY_LENGTH(" + value + ") > 0" : value + " IS NOT NULL";
        }
        String element = ELEMENT + next;
        return repeated
                ? "EXISTS (SELECT 1 FROM UNNEST(" + value + ") AS " + element + " WHERE "
                        + hasValue(element, way, next + 1) + ")"
                : hasValue(value, way, next + 1);
    }

    /** Why a replace with no rows fails that would find some. */
    static Refusal.Failed emptied(TableLoad tableLoad) {
        return new Refusal.Failed(
                ErrorCode.EMPTY_REPLACE,
                "no rows came for " + tableLoad.destination().table() + tableLoad.ofWindow()
                        + ", which has some; they stay (empty: allow would remove them)");
    }

    /** The rows that a replace finds. */
    private String present() {
        return table.sql() + (tableLoad.window() == null ? "" : " WHERE " + inWindow());
    }

    /**
     * TRUNCATE keeps schema and row access policies, and needs no right to see every row:
     * https://cloud.google.com/bigquery/docs/using-row-level-security-with-features
     */
    private String removal() {
        return (tableLoad.window() == null ? "TRUNCATE TABLE " : "DELETE FROM ") + present();
    }

    private String inWindow() {
        return inWindow(Sql.name(
                column(requireNonNull(tableLoad.window(), "window").column()).name()));
    }

    /** @param value of the window's column; as a range of constants, so that only the window's partitions are read */
    private String inWindow(String value) {
        TableLoad.Window window = requireNonNull(tableLoad.window(), "window");
        return switch (column(window.column()).type()) {
            case DATE ->
                between(
                        value,
                        "DATE",
                        window.first().substring(0, 10),
                        window.last().substring(0, 10));
            case DATETIME -> between(value, "DATETIME", window.first(), window.last());
            case TIMESTAMP -> between(value, "TIMESTAMP", window.first() + "+00", window.last() + "+00");
            case INTEGER, NUMERIC, BIGNUMERIC, FLOAT, BOOLEAN, STRING, BYTES, TIME, INTERVAL, JSON, GEOGRAPHY, RECORD ->
                throw new IllegalStateException("a load's window is of a column with a day");
        };
    }

    private static String between(String value, String type, String first, String last) {
        return value + " BETWEEN " + type + " " + Sql.text(first) + " AND " + type + " " + Sql.text(last);
    }

    private String insert() {
        return "INSERT INTO " + table.sql() + " (" + names(schema) + ") SELECT " + values(schema) + " FROM "
                + arriving();
    }

    /** Of staged rows with the same keys, the last in the order of the load is merged. */
    private String merge(String pruning) {
        String keys = names(keys());
        String last = "SELECT " + names(schema) + " FROM (SELECT " + values(schema) + ", " + NEW + "."
                + Manifest.POSITION + " FROM " + arriving() + ") WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY "
                + keys + " ORDER BY " + Manifest.POSITION + " DESC) = 1";
        List<Column> others =
                schema.stream().filter(column -> !keys().contains(column)).toList();
        return "MERGE INTO " + table.sql() + " AS " + OLD + " USING (" + last + ") AS " + NEW + " ON "
                + keys().stream()
                        .map(key -> OLD + "." + Sql.name(key.name()) + " = " + staged(key))
                        .collect(Collectors.joining(" AND "))
                + pruning
                + (others.isEmpty()
                        ? ""
                        : " WHEN MATCHED THEN UPDATE SET "
                                + others.stream()
                                        .map(column -> Sql.name(column.name()) + " = " + staged(column))
                                        .collect(Collectors.joining(", ")))
                + " WHEN NOT MATCHED THEN INSERT (" + names(schema) + ") VALUES ("
                + schema.stream().map(Statements::staged).collect(Collectors.joining(", ")) + ")";
    }

    /** That the ledger has the cursor that the load started from. */
    private List<String> cursorChecks() {
        TableLoad.CursorMove move = tableLoad.cursor();
        if (move == null) {
            return List.of();
        }
        String last = "EXISTS (SELECT 1 FROM " + ledger.sql() + " WHERE " + isOf(move.pipeline(), move.endpoint())
                + " AND cursor_number = " + number(ledger, move.pipeline(), move.endpoint()) + " AND ";
        List<String> checks = new ArrayList<>();
        checks.add(check(
                move.start() == null
                        ? "NOT " + last + "`cursor` IS NOT NULL)"
                        : last + "`cursor` = " + Sql.text(move.start()) + ")",
                new Refusal.Failed(ErrorCode.CURSOR_MOVED, move.refused())));
        if (move.isPartial()) { // what was not read must be in the table; NULL where somebody has set the cursor
            String name = tableLoad.destination().table();
            checks.add(check(
                    "NOT " + last + "(table_name != " + Sql.text(table.toString()) + " OR cursor_by != "
                            + Sql.text(move.by()) + "))",
                    new Refusal.Failed(ErrorCode.CURSOR_MISMATCH, move.refusedAsOther(name))));
            checks.add(check(
                    "NOT " + last + "table_rows > 0) OR EXISTS (SELECT 1 FROM " + table.sql() + ")",
                    new Refusal.Failed(ErrorCode.CURSOR_MISMATCH, move.refusedAsEmpty(name))));
        }
        return checks;
    }

    private static String cursor(@Nullable String value) {
        return value == null ? "CAST(NULL AS STRING)" : Sql.text(value);
    }

    private static String isOf(String pipeline, String endpoint) {
        return "pipeline = " + Sql.text(pipeline) + " AND endpoint = " + Sql.text(endpoint);
    }

    /** That of an endpoint's last cursor, which are numbered; NULL when there is none. */
    private static String number(Table ledger, String pipeline, String endpoint) {
        return "(SELECT MAX(cursor_number) FROM " + ledger.sql() + " WHERE " + isOf(pipeline, endpoint) + ")";
    }

    /** Those of some loads that have committed. */
    static String committed(Table ledger, List<String> loads) {
        return "SELECT load FROM " + ledger.sql() + " WHERE state = 'COMMITTED' AND load IN ("
                + loads.stream().map(Sql::text).collect(Collectors.joining(", ")) + ")";
    }

    /** The last load of each of some tables. */
    static String lastLoads(Table ledger, List<String> tables) {
        return "SELECT table_name, run, UNIX_MICROS(decided_at) AS decided FROM " + ledger.sql()
                + " WHERE state = 'COMMITTED' AND table_name IN ("
                + tables.stream().map(Sql::text).collect(Collectors.joining(", "))
                + ") QUALIFY ROW_NUMBER() OVER (PARTITION BY table_name ORDER BY decided_at DESC, load) = 1";
    }

    /** The cursors of a pipeline's endpoints, each as it is now. */
    static String cursors(Table ledger, String pipeline) {
        return "SELECT endpoint, `cursor`, run, UNIX_MICROS(decided_at) AS since FROM " + ledger.sql()
                + " WHERE pipeline = " + Sql.text(pipeline) + " AND cursor_number IS NOT NULL"
                + " QUALIFY ROW_NUMBER() OVER (PARTITION BY endpoint ORDER BY cursor_number DESC, decided_at DESC) = 1"
                + " ORDER BY endpoint";
    }

    /** A row of a load that loads nothing. */
    static String change(Table ledger, String id, CursorChange change) {
        return "INSERT INTO " + ledger.sql()
                + " (load, state, generation, pipeline, endpoint, `cursor`, cursor_number, decided_at) SELECT "
                + Sql.text(id) + ", 'CURSOR', 1, " + Sql.text(change.pipeline()) + ", " + Sql.text(change.endpoint())
                + ", " + cursor(change.value()) + ", COALESCE("
                + number(ledger, change.pipeline(), change.endpoint()) + ", 0) + 1, CURRENT_TIMESTAMP()";
    }

    /** @param checks what was found of them; for SQL */
    private String ledgerRow(String checks) {
        String superseded = tableLoad.destination().write() == Write.MERGE
                ? rows + " - (SELECT COUNT(*) FROM (SELECT DISTINCT " + values(keys()) + " FROM " + arriving() + "))"
                : "0";
        String others = "0, 0, 0";
        if (isKeyed()) {
            superseded = variable(KeyedChange.Counter.SUPERSEDED);
            others = variable(KeyedChange.Counter.OUTDATED) + ", " + variable(KeyedChange.Counter.TIED) + ", "
                    + variable(KeyedChange.Counter.DELETED);
        }
        TableLoad.CursorMove cursor = tableLoad.cursor();
        TableLoad.CursorMove move = cursor != null && cursor.isKnown() ? cursor : null;
        return "INSERT INTO " + ledger.sql()
                + " (load, state, generation, run, table_name, `rows`, superseded, table_rows, outdated, tied, deleted,"
                + " `cursor`, checks, rejected, rejects, decided_at"
                + (move == null ? "" : ", pipeline, endpoint, cursor_by, cursor_number")
                + ") SELECT "
                + Sql.text(tableLoad.load()) + ", 'COMMITTED', " + tableLoad.generation() + ", "
                + Sql.text(tableLoad.run()) + ", "
                + Sql.text(table.toString()) + ", " + rows + ", " + superseded + ", (SELECT COUNT(*) FROM "
                + table.sql() + "), " + others + ", "
                + cursor(move == null ? null : move.next())
                + ", "
                + checks + ", " + rejected.rows() + ", " + cursor(rejected.manifest()) + ", CURRENT_TIMESTAMP()"
                + (move == null
                        ? ""
                        : ", " + Sql.text(move.pipeline()) + ", " + Sql.text(move.endpoint()) + ", "
                                + Sql.text(move.by()) + ", COALESCE("
                                + number(ledger, move.pipeline(), move.endpoint()) + ", 0) + 1");
    }

    /** What a rollback has to know of a load: one row, or none. */
    static String loaded(Table ledger, String load) {
        return "SELECT state, table_name, table_rows, UNIX_MICROS(decided_at) AS decided FROM " + ledger.sql()
                + " WHERE load = " + Sql.text(load);
    }

    /**
     * Brings back what the table was before a load, as one job.
     *
     * @param copy of what it was
     * @param columns of the copy
     */
    static String rollBack(
            Table ledger, String load, Table table, Undo.Loaded loaded, Table copy, List<String> columns) {
        String row = "FROM " + ledger.sql() + " WHERE load = " + Sql.text(load);
        List<String> statements = new ArrayList<>();
        statements.add("BEGIN TRANSACTION");
        statements.add(check(
                "EXISTS (SELECT 1 " + row + " AND state = 'COMMITTED')",
                Undo.refusal(load, table, "it is rolled back")));
        statements.add(check(
                "NOT EXISTS (SELECT 1 FROM " + ledger.sql() + " WHERE state = 'COMMITTED' AND table_name = "
                        + Sql.text(loaded.table()) + " AND decided_at > (SELECT decided_at " + row + "))",
                Undo.refusal(load, table, "a later run has changed the table just now")));
        statements.add(check(
                "(SELECT COUNT(*) FROM " + table.sql() + ") = " + loaded.tableRows(),
                Undo.refusal(load, table, Undo.changed(loaded))));
        statements.add("TRUNCATE TABLE " + table.sql());
        String names = columns.stream().map(Sql::name).collect(Collectors.joining(", "));
        statements.add("INSERT INTO " + table.sql() + " (" + names + ") SELECT " + names + " FROM " + copy.sql());
        statements.add("UPDATE " + ledger.sql() + " SET state = 'ROLLED_BACK', cursor_number = NULL WHERE load = "
                + Sql.text(load));
        statements.add("COMMIT TRANSACTION");
        return String.join(";\n", statements) + ";";
    }

    private static String check(String condition, Refusal refusal) {
        return "ASSERT " + condition + " AS " + Sql.text(refusal.description());
    }

    private String noneStaged(String condition) {
        return "NOT EXISTS (SELECT 1 FROM " + arriving() + " WHERE " + condition + ")";
    }

    private String arriving() {
        return stage + " AS " + NEW;
    }

    private List<Column> keys() {
        return tableLoad.destination().keys().stream().map(this::column).toList();
    }

    private Column column(String name) {
        return column(tableLoad, name);
    }

    private static Column column(TableLoad tableLoad, String name) {
        return tableLoad.schema().stream()
                .filter(column -> column.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(); // a load has checked that
    }

    private static String names(List<Column> columns) {
        return columns.stream().map(column -> Sql.name(column.name())).collect(Collectors.joining(", "));
    }

    private String values(List<Column> columns) {
        return columns.stream()
                .map(column -> value(column) + " AS " + Sql.name(column.name()))
                .collect(Collectors.joining(", "));
    }

    private static String staged(Column column) {
        return NEW + "." + Sql.name(column.name());
    }

    private String value(Column column) {
        return switch (staged) {
            case PARQUET -> value(column, staged(column), 1);
            case VALUES -> staged(column);
        };
    }

    /**
     * What the table holds of what was staged.
     *
     * @param depth of the arrays around it and itself, from 1
     */
    private static String value(Column column, String staged, int depth) {
        if (!Types.travelsAsText(column)) {
            return staged;
        }
        if (column.mode() != Column.Mode.REPEATED) {
            return single(column, staged, depth);
        }
        String element = ELEMENT + depth;
        String offset = OFFSET + depth;
        return "ARRAY(SELECT " + single(column, element, depth + 1) + " FROM UNNEST(" + staged + ") AS " + element
                + " WITH OFFSET AS " + offset + " ORDER BY " + offset + ")";
    }

    private static String single(Column column, String staged, int depth) {
        return switch (column.type()) {
            case INTEGER, NUMERIC, FLOAT, BOOLEAN, STRING, BYTES, DATE, TIMESTAMP -> staged;
            case BIGNUMERIC, TIME, DATETIME, INTERVAL ->
                "CAST(" + staged + " AS " + column.type().name() + ")";
            // numbers that can't be kept as they are fail the commit, instead of being rounded
            case JSON -> "PARSE_JSON(" + staged + ", wide_number_mode => 'exact')";
            case GEOGRAPHY -> "ST_GEOGFROM(" + staged + ")";
            case RECORD ->
                "IF(" + staged + " IS NULL, NULL, STRUCT("
                        + column.fields().stream()
                                .map(field -> value(field, staged + "." + Sql.name(field.name()), depth) + " AS "
                                        + Sql.name(field.name()))
                                .collect(Collectors.joining(", "))
                        + "))";
        };
    }
}
