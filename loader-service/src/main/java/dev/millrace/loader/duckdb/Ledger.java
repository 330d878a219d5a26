package dev.millrace.loader.duckdb;

import dev.millrace.loader.TableLoad;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadResult;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/**
 * {@code millrace.ledger}: one row for each load that has committed or was aborted. Its primary key lets exactly one of
 * a commit and an abort through. Users may read it.
 */
final class Ledger {
    /** Schema of the ledger; no dataset of users. */
    static final String SCHEMA = "millrace";

    private static final String TABLE = Database.CATALOG + "." + SCHEMA + ".ledger";

    private Ledger() {}

    /** What is certain about a load. */
    sealed interface Entry {
        record Committed(LoadResult result) implements Entry {}

        /** @param generation up to which nothing commits any more */
        record Aborted(int generation) implements Entry {}
    }

    static void create(Statement statement) throws SQLException {
        statement.execute("CREATE SCHEMA IF NOT EXISTS " + Database.CATALOG + "." + SCHEMA);
        statement.execute("CREATE TABLE IF NOT EXISTS " + TABLE
                + " (load VARCHAR PRIMARY KEY, state VARCHAR NOT NULL, generation INTEGER NOT NULL, run VARCHAR,"
                + " table_name VARCHAR, rows BIGINT, superseded BIGINT, table_rows BIGINT, cursor VARCHAR,"
                + " decided_at TIMESTAMPTZ NOT NULL)");
        for (String later : List.of("outdated", "tied", "deleted")) { // a warehouse may have been made before them
            statement.execute("ALTER TABLE " + TABLE + " ADD COLUMN IF NOT EXISTS " + later + " BIGINT");
        }
    }

    static Optional<Entry> find(Session session, String load) throws SQLException {
        return session
                .<Entry>rows(
                        "SELECT state, generation, rows, superseded, table_rows, outdated, tied, deleted FROM " + TABLE
                                + " WHERE load = ?",
                        row -> row.getString(1).equals("COMMITTED")
                                ? new Entry.Committed(new LoadResult(
                                        row.getLong(3),
                                        row.getLong(4),
                                        row.getLong(5),
                                        row.getLong(6), // NULL, which is 0, in rows that are older
                                        row.getLong(7),
                                        row.getLong(8)))
                                : new Entry.Aborted(row.getInt(2)),
                        load)
                .stream()
                .findFirst();
    }

    /**
     * Within the transaction that changes the table and that has found no more than an abort of an earlier generation.
     *
     * @throws SQLException a {@linkplain Failures#isConflict conflict} when an abort has come since
     */
    static void commit(Session session, TableLoad tableLoad, LoadResult result) throws SQLException {
        // no upsert: it must not touch a row that this transaction didn't see
        if (find(session, tableLoad.load()).isEmpty()) {
            session.execute(
                    "INSERT INTO " + TABLE + " (load, state, generation, decided_at) VALUES (?, 'COMMITTED', ?, now())",
                    tableLoad.load(),
                    tableLoad.generation());
        }
        session.execute(
                "UPDATE " + TABLE + " SET state = 'COMMITTED', generation = ?, run = ?, table_name = ?, rows = ?,"
                        + " superseded = ?, table_rows = ?, outdated = ?, tied = ?, deleted = ?, cursor = ?,"
                        + " decided_at = now() WHERE load = ?",
                tableLoad.generation(),
                tableLoad.run(),
                tableLoad.destination().table(),
                result.rows(),
                result.superseded(),
                result.tableRows(),
                result.outdated(),
                result.tied(),
                result.deleted(),
                tableLoad.cursor(),
                tableLoad.load());
    }

    /** In a transaction of its own. */
    static Abort.Answer close(Session session, Abort abort) throws SQLException {
        return switch (find(session, abort.load()).orElse(null)) {
            case Entry.Committed(LoadResult result) -> new Abort.AlreadyCommitted(result);
            case Entry.Aborted(int generation) -> {
                if (generation < abort.generation()) {
                    session.execute(
                            "UPDATE " + TABLE + " SET generation = ?, decided_at = now() WHERE load = ?",
                            abort.generation(),
                            abort.load());
                }
                yield new Abort.Closed();
            }
            case null -> {
                session.execute(
                        "INSERT INTO " + TABLE
                                + " (load, state, generation, decided_at) VALUES (?, 'ABORTED', ?, now())",
                        abort.load(),
                        abort.generation());
                yield new Abort.Closed();
            }
        };
    }
}
