package dev.millrace.loader;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.staging.Manifest;
import dev.millrace.task.LoadResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The SQL of a load that changes rows by their keys and does more than replace them: it heeds an order of versions,
 * leaves rows that are there, deletes, or keeps a history. What both warehouses understand, to be run within the
 * transaction that writes the ledger's row.
 */
public final class KeyedChange {
    /** Names of our own; no column can have one of them. */
    public static final String OLD = "_millrace_old";

    public static final String NEW = "_millrace_new";
    private static final String BEFORE = "_millrace_before";
    private static final String VERSION = "_millrace_version";
    private static final String FROM = "_millrace_from";
    private static final String TO = "_millrace_to";
    private static final String PLACE = "_millrace_place";

    private static final String ARRIVED = "millrace_arrived";
    private static final String TAKEN = "millrace_taken";
    private static final String VERSIONS = "millrace_versions";
    private static final String CHANGED = "millrace_changed";

    /** What a warehouse writes in its own way. */
    public interface Dialect {
        /** An identifier in quotes. */
        String name(String identifier);

        /** A temporary table's name, for {@code CREATE TEMP TABLE} and everything else. */
        String temporary(String name);

        /** A column's value as something that can be compared for being equal. */
        String comparable(Column column, String value);

        /** The moment of the commit, the same in all of its statements. */
        String now();
    }

    /** What is counted. */
    public enum Counter {
        /** Rows that another one of the load with the same keys replaced at once. */
        SUPERSEDED,
        /** Rows that the table has in a newer version, or has at all where it is only added to. */
        OUTDATED,
        /** Rows that came last among those of the same keys and the same place in the order. */
        TIED,
        /** Rows of the table that were removed, marked or closed. */
        DELETED
    }

    /** One statement, in its order. */
    public sealed interface Step {
        /** Changes something. */
        record Run(String sql) implements Step {}

        /** @param sql a query of one number */
        record Count(Counter counter, String sql) implements Step {}
    }

    private final TableLoad load;
    private final long rows;
    private final Dialect dialect;
    private final String table;
    private final String arriving;
    private final String pruning;
    private final List<Step> steps = new ArrayList<>();

    /**
     * @param rows that were staged
     * @param table for SQL
     * @param arriving a query for the columns of the schema as the table has them, and {@link Manifest#POSITION}
     * @param pruning a further condition on {@link #OLD}, which begins with AND; may be empty
     */
    public KeyedChange(TableLoad load, long rows, Dialect dialect, String table, String arriving, String pruning) {
        this.load = load;
        this.rows = rows;
        this.dialect = dialect;
        this.table = table;
        this.arriving = arriving;
        this.pruning = pruning;
    }

    /** Whether a load is of this kind. */
    public static boolean isOf(Destination.Table destination) {
        return destination.write() == Write.INSERT_ONLY
                || destination.order() != null
                || destination.deletes() != null
                || destination.history() != null;
    }

    public List<Step> steps() {
        steps.clear();
        if (load.destination().history() == null) {
            merge();
        } else {
            keepHistory(load.destination().history());
        }
        return List.copyOf(steps);
    }

    // rows that replace others

    private void merge() {
        arrive(keyNames());
        String present = load.destination().write() == Write.INSERT_ONLY ? inTable("") : newerInTable("");
        String taken = ARRIVED;
        if (!present.isEmpty()) {
            count(Counter.OUTDATED, "SELECT COUNT(*) FROM " + arrived() + " WHERE " + present);
            make(TAKEN, "SELECT * FROM " + arrived() + " WHERE NOT " + present);
            taken = TAKEN;
        }
        Destination.Deletes deletes = load.destination().deletes();
        if (deletes == null) {
            replace(taken, "TRUE", "TRUE");
            return;
        }
        boolean remove = deletes.rows() == Destination.Deletes.Rows.REMOVE;
        switch (deletes.by()) {
            case FLAG -> {
                if (remove) {
                    count(Counter.DELETED, "SELECT COUNT(*) FROM " + old() + " WHERE " + in(taken, flagged(NEW)));
                    replace(taken, "TRUE", "NOT " + flagged(NEW));
                } else {
                    mark(taken);
                }
            }
            case ABSENCE -> {
                if (remove) {
                    String absent = "NOT " + in(ARRIVED, "TRUE");
                    count(Counter.DELETED, "SELECT COUNT(*) FROM " + old() + " WHERE " + absent);
                    run("DELETE FROM " + old() + " WHERE " + absent);
                } else {
                    markAbsent(dialect.name(String.valueOf(deletes.mark())));
                }
                replace(taken, "TRUE", "TRUE");
            }
        }
    }

    /** The last of the rows with the same {@code names}, in the order of the load. */
    private void arrive(List<String> names) {
        String last = "ROW_NUMBER() OVER (PARTITION BY " + String.join(", ", names) + " ORDER BY "
                + (names.size() > keyNames().size() ? "" : newestFirst()) + dialect.name(Manifest.POSITION)
                + " DESC) = 1";
        make(ARRIVED, "SELECT * FROM (" + arriving + ") AS " + NEW + " WHERE TRUE QUALIFY " + last);
        count(Counter.SUPERSEDED, "SELECT " + rows + " - COUNT(*) FROM " + arrived());
        Destination.Order order = load.destination().order();
        if (order != null) {
            String keys = String.join(", ", keyNames());
            String by = dialect.name(order.by());
            count(
                    Counter.TIED,
                    "SELECT (SELECT COUNT(*) FROM (SELECT " + keys + " FROM (SELECT " + keys
                            + ", RANK() OVER (PARTITION BY " + keys + " ORDER BY " + direction(by) + ") AS " + PLACE
                            + " FROM (" + arriving + ") AS " + NEW + ") AS ranked WHERE " + PLACE + " = 1 GROUP BY "
                            + keys + " HAVING COUNT(*) > 1) AS tied) + (SELECT COUNT(*) FROM " + arrived() + " WHERE "
                            + inTable(" AND " + OLD + "." + by + " IS NOT DISTINCT FROM " + NEW + "." + by) + ")");
        }
    }

    /** Removes the rows of the table that {@code taken} ones replace, and adds those of {@code added}. */
    private void replace(String taken, String replaced, String added) {
        if (load.destination().write() != Write.INSERT_ONLY) {
            run("DELETE FROM " + old() + " WHERE " + in(taken, replaced));
        }
        String columns = names(load.schema());
        run("INSERT INTO " + table + " (" + columns + ") SELECT " + columns + " FROM " + from(taken) + " WHERE "
                + added);
    }

    /** A row that is flagged as deleted stays as it was, but for the flag and its place in the order. */
    private void mark(String taken) {
        String isFlagged = flagged(NEW);
        count(
                Counter.DELETED,
                "SELECT COUNT(*) FROM " + old() + " WHERE NOT " + flagged(OLD) + " AND " + in(taken, isFlagged));
        Destination.Order order = load.destination().order();
        String assignments = Stream.of(String.valueOf(deletedColumn().name()), order == null ? "" : order.by())
                .filter(name -> !name.isEmpty())
                .map(name -> dialect.name(name) + " = " + NEW + "." + dialect.name(name))
                .distinct()
                .collect(Collectors.joining(", "));
        make(CHANGED, "SELECT * FROM " + from(taken) + " WHERE NOT " + isFlagged + " OR NOT " + inTable(""));
        run("UPDATE " + old() + " SET " + assignments + " FROM " + from(taken) + " WHERE " + sameKeys(OLD, NEW)
                + pruning + " AND " + isFlagged);
        replace(CHANGED, "NOT " + isFlagged, "TRUE");
    }

    /** Rows that came again lose their mark, be it that the table has a newer version of them. */
    private void markAbsent(String mark) {
        String absent = OLD + "." + mark + " IS NULL AND NOT " + in(ARRIVED, "TRUE");
        count(Counter.DELETED, "SELECT COUNT(*) FROM " + old() + " WHERE " + absent);
        run("UPDATE " + old() + " SET " + mark + " = " + dialect.now() + " WHERE " + absent);
        run("UPDATE " + old() + " SET " + mark + " = NULL WHERE " + OLD + "." + mark + " IS NOT NULL AND "
                + in(ARRIVED, "TRUE"));
    }

    // versions of rows

    private void keepHistory(Destination.History history) {
        Destination.Order order = load.destination().order();
        String to = dialect.name(history.to());
        String current = OLD + "." + to + " IS NULL";
        List<String> names = new ArrayList<>(keyNames());
        if (order != null) {
            names.add(dialect.name(order.by()));
        }
        arrive(names);
        String outdated = newerInTable(" AND " + current);
        if (!outdated.isEmpty()) {
            count(Counter.OUTDATED, "SELECT COUNT(*) FROM " + arrived() + " WHERE " + outdated);
        }
        String keys = String.join(", ", keyNames());
        make(
                VERSIONS,
                "SELECT *, ROW_NUMBER() OVER (PARTITION BY " + keys + " ORDER BY "
                        + (order == null ? "" : dialect.name(order.by()) + " ASC NULLS FIRST, ")
                        + dialect.name(Manifest.POSITION) + ") AS " + VERSION + " FROM " + arrived()
                        + (outdated.isEmpty() ? "" : " WHERE NOT " + outdated));
        makeChanged(current);
        Destination.Deletes deletes = load.destination().deletes();
        boolean byFlag = deletes != null && deletes.by() == Destination.Deletes.By.FLAG;
        if (byFlag) {
            count(Counter.DELETED, "SELECT COUNT(*) FROM " + from(CHANGED) + " WHERE " + flagged(NEW));
        } else if (deletes != null) {
            String absent = current + " AND NOT " + in(ARRIVED, "TRUE");
            count(Counter.DELETED, "SELECT COUNT(*) FROM " + old() + " WHERE " + absent);
            run("UPDATE " + old() + " SET " + to + " = " + dialect.now() + ", " + dialect.name(history.current())
                    + " = FALSE WHERE " + absent);
        }
        run("UPDATE " + old() + " SET " + to + " = " + NEW + "." + FROM + ", " + dialect.name(history.current())
                + " = FALSE FROM (SELECT " + keys + ", MIN(" + FROM + ") AS " + FROM + " FROM "
                + dialect.temporary(CHANGED) + " GROUP BY " + keys + ") AS " + NEW + " WHERE " + sameKeys(OLD, NEW)
                + pruning + " AND " + current);
        String columns = names(load.schema());
        run("INSERT INTO " + table + " (" + columns + ", " + dialect.name(history.from()) + ", " + to + ", "
                + dialect.name(history.current()) + ") SELECT " + columns + ", " + FROM + ", " + TO + ", " + TO
                + " IS NULL FROM (SELECT *, LEAD(" + FROM + ") OVER (PARTITION BY " + keys + " ORDER BY " + VERSION
                + ") AS " + TO + " FROM " + dialect.temporary(CHANGED) + ") AS " + NEW + " WHERE NOT "
                + (byFlag ? flagged(NEW) : "FALSE"));
    }

    /** The versions that are not as the one before them, which is the table's for the first one. */
    private void makeChanged(String current) {
        String firstKey = keyNames().getFirst();
        String isFirst = BEFORE + "." + VERSION + " IS NULL";
        String isInTable = OLD + "." + firstKey + " IS NOT NULL";
        run("CREATE TEMP TABLE " + dialect.temporary(CHANGED) + " AS SELECT "
                + load.schema().stream()
                        .map(column -> NEW + "." + dialect.name(column.name()) + " AS " + dialect.name(column.name()))
                        .collect(Collectors.joining(", "))
                + ", " + NEW + "." + VERSION + " AS " + VERSION + ", " + validFrom() + " AS " + FROM + " FROM "
                + from(VERSIONS) + " LEFT JOIN " + dialect.temporary(VERSIONS) + " AS " + BEFORE + " ON "
                + sameKeys(BEFORE, NEW) + " AND " + BEFORE + "." + VERSION + " = " + NEW + "." + VERSION
                + " - 1 LEFT JOIN " + old() + " ON " + sameKeys(OLD, NEW) + " AND " + current + " WHERE (NOT ("
                + isFirst
                + ") AND (" + flagged(BEFORE) + " <> " + flagged(NEW) + " OR (NOT " + flagged(NEW) + " AND "
                + differs(BEFORE) + "))) OR (" + isFirst + " AND " + isInTable + " AND (" + flagged(NEW) + " OR "
                + differs(OLD) + ")) OR (" + isFirst + " AND NOT (" + isInTable + ") AND NOT " + flagged(NEW) + ")");
    }

    /** Since when a version is valid: as the order says, if it says a moment, else since this load. */
    private String validFrom() {
        Destination.Order order = load.destination().order();
        if (order == null || column(order.by()).type() != Column.Type.TIMESTAMP) {
            return dialect.now();
        }
        return "COALESCE(" + NEW + "." + dialect.name(order.by()) + ", " + dialect.now() + ")";
    }

    /** Whether another version than the new one has other values, apart from its keys and its place in the order. */
    private String differs(String other) {
        Destination.Table destination = load.destination();
        Destination.Order order = destination.order();
        Destination.Deletes deletes = destination.deletes();
        String differences = load.schema().stream()
                .filter(column -> destination.keys().stream().noneMatch(key -> key.equalsIgnoreCase(column.name())))
                .filter(column -> order == null || !order.by().equalsIgnoreCase(column.name()))
                .filter(column -> deletes == null || !column.name().equalsIgnoreCase(deletes.column()))
                .map(column -> dialect.comparable(column, other + "." + dialect.name(column.name()))
                        + " IS DISTINCT FROM "
                        + dialect.comparable(column, NEW + "." + dialect.name(column.name())))
                .collect(Collectors.joining(" OR "));
        return differences.isEmpty() ? "FALSE" : "(" + differences + ")";
    }

    // what conditions are made of

    /** That the row of {@link #OLD} has the keys of one in a temporary table that meets the condition. */
    private String in(String temporary, String condition) {
        return "EXISTS (SELECT 1 FROM " + from(temporary) + " WHERE " + sameKeys(OLD, NEW) + pruning + " AND "
                + condition + ")";
    }

    /** That the table has a row with the keys of {@link #NEW}. */
    private String inTable(String condition) {
        return "EXISTS (SELECT 1 FROM " + old() + " WHERE " + sameKeys(OLD, NEW) + pruning + condition + ")";
    }

    /** That the table has a newer row with the keys; empty when there is no order. */
    private String newerInTable(String condition) {
        Destination.Order order = load.destination().order();
        if (order == null) {
            return "";
        }
        String old = OLD + "." + dialect.name(order.by());
        String arrived = NEW + "." + dialect.name(order.by());
        String before = order.keep() == Destination.Order.Keep.NEWEST ? " > " : " < ";
        return inTable(condition + " AND (" + old + before + arrived + " OR (" + arrived + " IS NULL AND " + old
                + " IS NOT NULL))");
    }

    /** A row without a place in the order comes last. */
    private String newestFirst() {
        Destination.Order order = load.destination().order();
        return order == null ? "" : direction(dialect.name(order.by())) + ", ";
    }

    private String direction(String by) {
        Destination.Order order = load.destination().order();
        boolean newest = order == null || order.keep() == Destination.Order.Keep.NEWEST;
        return by + (newest ? " DESC NULLS LAST" : " ASC NULLS LAST");
    }

    /** That a row says that it is deleted. */
    private String flagged(String row) {
        Destination.Deletes deletes = load.destination().deletes();
        if (deletes == null || deletes.by() != Destination.Deletes.By.FLAG) {
            return "FALSE";
        }
        Column column = deletedColumn();
        String value = row + "." + dialect.name(column.name());
        return column.type() == Column.Type.BOOLEAN ? "(" + value + " IS TRUE)" : "(" + value + " IS NOT NULL)";
    }

    private Column deletedColumn() {
        Destination.Deletes deletes = load.destination().deletes();
        return column(String.valueOf(deletes == null ? null : deletes.column()));
    }

    private Column column(String name) {
        return load.schema().stream()
                .filter(column -> column.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("destination: '" + name + "' (expected: a column of the schema)"));
    }

    private String sameKeys(String one, String other) {
        return keyNames().stream()
                .map(key -> one + "." + key + " = " + other + "." + key)
                .collect(Collectors.joining(" AND "));
    }

    private List<String> keyNames() {
        return load.destination().keys().stream()
                .map(key -> dialect.name(column(key).name()))
                .toList();
    }

    private String names(List<Column> columns) {
        return columns.stream().map(column -> dialect.name(column.name())).collect(Collectors.joining(", "));
    }

    private String old() {
        return table + " AS " + OLD;
    }

    private String arrived() {
        return from(ARRIVED);
    }

    private String from(String temporary) {
        return dialect.temporary(temporary) + " AS " + NEW;
    }

    private void make(String temporary, String query) {
        run("CREATE TEMP TABLE " + dialect.temporary(temporary) + " AS " + query);
    }

    private void run(String sql) {
        steps.add(new Step.Run(sql));
    }

    private void count(Counter counter, String sql) {
        steps.add(new Step.Count(counter, sql));
    }

    /** What is counted beside rows and superseded ones, for people; empty where there is nothing. */
    public static String words(LoadResult result) {
        List<String> words = new ArrayList<>();
        if (result.outdated() > 0) {
            words.add(String.format(Locale.ROOT, ", %,d outdated", result.outdated()));
        }
        if (result.tied() > 0) {
            words.add(String.format(Locale.ROOT, ", %,d tied", result.tied()));
        }
        if (result.deleted() > 0) {
            words.add(String.format(Locale.ROOT, "; %,d deleted", result.deleted()));
        }
        return String.join("", words);
    }

    /** What the load does, for people. */
    public static String words(Destination.Table destination) {
        List<String> words = new ArrayList<>();
        Destination.Order order = destination.order();
        if (order != null) {
            words.add("of rows with the same keys the " + order.keep().name().toLowerCase(Locale.ROOT) + " by "
                    + order.by() + " stays");
        }
        if (destination.write() == Write.INSERT_ONLY) {
            words.add("rows that are there stay");
        }
        Destination.Deletes deletes = destination.deletes();
        if (deletes != null) {
            String which = deletes.by() == Destination.Deletes.By.FLAG
                    ? "rows with " + deletes.column()
                    : "rows that didn't come";
            words.add(which
                    + (destination.history() != null
                            ? " are closed"
                            : deletes.rows() == Destination.Deletes.Rows.REMOVE ? " are removed" : " are marked"));
        }
        if (destination.history() != null) {
            words.add("former versions are kept");
        }
        return String.join("; ", words);
    }
}
