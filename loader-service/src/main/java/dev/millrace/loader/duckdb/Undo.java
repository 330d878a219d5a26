package dev.millrace.loader.duckdb;

import dev.millrace.loader.TableLoad;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Rollback;
import io.micronaut.core.annotation.Nullable;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What brings back the rows that a table had before a load. A commit that replaces all rows of a large table puts that aside, as
 * {@code millrace_before_LOAD} in its dataset; one that replaces others keeps these in {@code millrace.before_LOAD}, and one
 * that merges the keys, too, in {@code millrace.keys_LOAD}; of rows that are added nothing is kept: the engine has them behind
 * all others. The {@link Ledger} has which of it, as a text.
 */
final class Undo {
    /** The table was put aside. */
    private static final String ASIDE = "aside";

    /** The rows of the whole table were replaced. */
    private static final String ALL = "all";

    /** Those of a day, or of another window, which follows with its column. */
    private static final String DAY = "day ";

    /** Those with some keys, whose names follow. */
    private static final String KEYS = "keys ";

    /** Rows were added. */
    private static final String ROWS = "rows";

    private Undo() {}

    /**
     * Keeps what a load is about to change, within its transaction. If it is about to replace all rows of a large table, there are none
     * then; to copy a small one costs little, and leaves nothing in its dataset.
     *
     * @param rollbacks of how many loads of the table something is kept
     * @return what of it, for the ledger; null: nothing
     */
    static @Nullable String keep(Session session, TableLoad load, Table table, int rollbacks) throws SQLException {
        Destination.Table destination = load.destination();
        TableLoad.Window window = load.window();
        if (destination.write() == Write.REPLACE
                && window == null
                && session.number("SELECT count(*) FROM " + table.quoted()) >= Commit.ROW_GROUP
                && table.renew(session, aside(load.load()))) {
            return ASIDE;
        }
        if (rollbacks == 0) {
            return null;
        }
        Destination.Deletes deletes = destination.deletes();
        boolean absent = deletes != null && deletes.by() == Destination.Deletes.By.ABSENCE;
        return switch (destination.write()) {
            case APPEND -> ROWS;
            case REPLACE -> {
                String kept = window == null ? ALL : DAY + window.column() + " " + window.day();
                before(session, load.load(), table, condition(kept, load.load()));
                yield kept;
            }
            case MERGE, INSERT_ONLY -> {
                String keys = KEYS + String.join(" ", destination.keys());
                if (absent) {
                    before(session, load.load(), table, condition(ALL, load.load()));
                    yield ALL;
                }
                session.execute("CREATE TABLE " + name("keys_", load.load()) + " AS SELECT DISTINCT "
                        + destination.keys().stream().map(Sql::name).collect(Collectors.joining(", ")) + " FROM "
                        + Stage.TABLE);
                before(session, load.load(), table, condition(keys, load.load()));
                yield keys;
            }
        };
    }

    private static void before(Session session, String load, Table table, String condition) throws SQLException {
        session.execute("CREATE TABLE " + name("before_", load) + " AS SELECT * FROM " + table.quoted()
                + " AS present WHERE " + condition);
    }

    /** Which rows of the table, {@code present}, a load has replaced, or will. */
    private static String condition(String kept, String load) {
        if (kept.equals(ALL) || kept.equals(ASIDE)) {
            return "TRUE";
        }
        if (kept.startsWith(DAY)) {
            String[] day = kept.substring(DAY.length()).split(" ", 2);
            return inWindow(new TableLoad.Window(day[0], RunWindow.parse(day[1])));
        }
        return "EXISTS (SELECT 1 FROM " + name("keys_", load) + " AS changed WHERE "
                + List.of(kept.substring(KEYS.length()).split(" ", -1)).stream()
                        .map(key -> "present." + Sql.name(key) + " = changed." + Sql.name(key))
                        .collect(Collectors.joining(" AND "))
                + ")";
    }

    /** That a row is of a day, or of another window. */
    static String inWindow(TableLoad.Window window) {
        return "CAST(" + Sql.name(window.column()) + " AS TIMESTAMP) BETWEEN TIMESTAMP " + Sql.text(window.first())
                + " AND TIMESTAMP " + Sql.text(window.last());
    }

    /** Whether that was the whole table, which has no rows since. */
    static boolean isAside(@Nullable String kept) {
        return ASIDE.equals(kept);
    }

    /**
     * Drops what was kept of loads of a table, but for the last so many of them.
     *
     * @return whether a large table was among it
     */
    static boolean forget(Session session, Table table, int rollbacks) throws SQLException {
        Map<String, String> outdated = Ledger.outdated(session, table.key(), rollbacks);
        for (Map.Entry<String, String> load : outdated.entrySet()) {
            forget(session, load.getKey(), load.getValue(), table);
        }
        return outdated.containsValue(ASIDE);
    }

    /** @param kept what was, of the load */
    private static void forget(Session session, String load, String kept, Table table) throws SQLException {
        if (kept.equals(ROWS)) {
            return;
        }
        String of = kept.equals(ASIDE) ? table.beside(aside(load)).quoted() : name("before_", load);
        session.execute("DROP TABLE IF EXISTS " + of);
        if (kept.startsWith(KEYS)) {
            session.execute("DROP TABLE IF EXISTS " + name("keys_", load));
        }
    }

    private static String aside(String load) {
        return "millrace_before_" + load;
    }

    private static String name(String prefix, String load) {
        return Database.CATALOG + "." + Ledger.SCHEMA + "." + Sql.name(prefix + load);
    }

    /** Undoes the load, in a transaction; or finds that this was done. */
    static Rollback.Done run(Session session, Rollback rollback, Table table) throws SQLException {
        return session.transaction(() -> {
            Ledger.Change change = Ledger.change(session, rollback.load())
                    .orElseThrow(() -> refused(rollback, "the ledger doesn't have it"));
            if (!change.rolledBack()) {
                check(session, rollback, change, table);
                undo(session, change, table);
                forget(session, rollback.load(), String.valueOf(change.before()), table);
                Ledger.rolledBack(session, rollback.load());
            }
            return new Rollback.Done(rows(session, table));
        });
    }

    private static void check(Session session, Rollback rollback, Ledger.Change change, Table table)
            throws SQLException {
        if (!change.committed()) {
            throw refused(rollback, "it has loaded nothing");
        }
        String later = Ledger.laterChange(session, change, table.key());
        if (later != null) {
            throw refused(rollback, "run " + later + " has changed the table since (expected: its rollback first)");
        }
        if (change.before() == null) {
            throw refused(
                    rollback,
                    "what the table was before it isn't kept (any more): millrace.warehouse.rollbacks says for how many"
                            + " loads of a table it is");
        }
        if (table.columns(session).isEmpty()) {
            throw refused(rollback, "the table is gone");
        }
        long rows = rows(session, table);
        if (rows != change.tableRows()) {
            throw refused(
                    rollback,
                    "the table has " + rows + " rows, and had " + change.tableRows()
                            + " after it: somebody else has changed it");
        }
    }

    private static void undo(Session session, Ledger.Change change, Table table) throws SQLException {
        String before = String.valueOf(change.before());
        if (before.equals(ROWS)) {
            session.execute("DELETE FROM " + table.quoted() + " WHERE rowid IN (SELECT rowid FROM " + table.quoted()
                    + " ORDER BY rowid DESC LIMIT " + change.rows() + ")");
        } else {
            session.execute("DELETE FROM " + table.quoted() + " AS present WHERE " + condition(before, change.load()));
            session.execute("INSERT INTO " + table.quoted() + " BY NAME SELECT * FROM "
                    + (before.equals(ASIDE)
                            ? table.beside(aside(change.load())).quoted()
                            : name("before_", change.load())));
        }
    }

    private static long rows(Session session, Table table) throws SQLException {
        return session.number("SELECT count(*) FROM " + table.quoted());
    }

    private static MillraceException refused(Rollback rollback, String why) {
        return new MillraceException(
                ErrorCode.ROLLBACK_REFUSED,
                "run " + rollback.load() + " can't be rolled back from " + rollback.table() + ": " + why);
    }
}
