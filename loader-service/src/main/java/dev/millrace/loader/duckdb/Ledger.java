package dev.millrace.loader.duckdb;

import dev.millrace.format.Documents;
import dev.millrace.loader.CheckQueries;
import dev.millrace.loader.TableLoad;
import dev.millrace.loader.TableRestore;
import dev.millrace.loader.backup.BackupManifest;
import dev.millrace.pipeline.Column;
import dev.millrace.task.Abort;
import dev.millrace.task.CheckResult;
import dev.millrace.task.CheckResults;
import dev.millrace.task.CursorChange;
import dev.millrace.task.Cursors;
import dev.millrace.task.LoadResult;
import dev.millrace.task.TableSchema;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * {@code millrace.ledger}: one row for each load that has committed or was aborted. Its primary key lets exactly one of
 * a commit and an abort through. Users may read it.
 */
final class Ledger {
    /** Schema of the ledger; no dataset of users. */
    static final String SCHEMA = "millrace";

    static final String TABLE = Database.CATALOG + "." + SCHEMA + ".ledger";

    /** Columns of tables that the engine's own types don't tell; where they were inferred. */
    private static final String SCHEMAS = Database.CATALOG + "." + SCHEMA + ".schemas";

    private static final ObjectMapper JSON = ObjectMapper.getDefault();

    /** Cursors of an endpoint are numbered, since a clock may go back. Takes pipeline and endpoint. */
    private static final String NEXT_NUMBER =
            "(SELECT coalesce(max(cursor_number), 0) + 1 FROM " + TABLE + " WHERE pipeline = ? AND endpoint = ?)";

    /** The number of a table's next change; takes its key. */
    private static final String NEXT_CHANGE =
            "(SELECT coalesce(max(change_number), 0) + 1 FROM " + TABLE + " WHERE changed = ?)";

    /** Both take the same values. */
    private static final String INSERT_COMMITTED = "INSERT INTO " + TABLE
            + " (generation, run, table_name, rows, superseded, table_rows, outdated, tied, deleted, checks, rejected,"
            + " rejects, changed, before, change_number, load, state, decided_at)"
            + " SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, " + NEXT_CHANGE + ", ?, 'COMMITTED', now()";

    private static final String UPDATE_COMMITTED = "UPDATE " + TABLE
            + " SET generation = ?, run = ?, table_name = ?, rows = ?, superseded = ?, table_rows = ?, outdated = ?,"
            + " tied = ?, deleted = ?, checks = ?, rejected = ?, rejects = ?, changed = ?, before = ?, change_number = "
            + NEXT_CHANGE + ", state = 'COMMITTED', decided_at = now() WHERE load = ?";

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
        statement.execute("CREATE TABLE IF NOT EXISTS " + SCHEMAS + " (table_name VARCHAR PRIMARY KEY, columns JSON)");
        for (String later : List.of("outdated", "tied", "deleted")) { // a warehouse may have been made before them
            statement.execute("ALTER TABLE " + TABLE + " ADD COLUMN IF NOT EXISTS " + later + " BIGINT");
        }
        for (String later : List.of(
                "pipeline VARCHAR",
                "endpoint VARCHAR",
                "cursor_by VARCHAR",
                "cursor_number BIGINT",
                "changed VARCHAR",
                "change_number BIGINT",
                "before VARCHAR",
                "checks VARCHAR",
                "rejected BIGINT",
                "rejects VARCHAR")) {
            statement.execute("ALTER TABLE " + TABLE + " ADD COLUMN IF NOT EXISTS " + later);
        }
    }

    static Optional<Entry> find(Session session, String load) throws SQLException {
        return session
                .<Entry>rows(
                        "SELECT state, generation, rows, superseded, table_rows, outdated, tied, deleted, checks,"
                                + " rejected, rejects FROM " + TABLE + " WHERE load = ?",
                        row -> row.getString(1).equals("COMMITTED")
                                ? new Entry.Committed(new LoadResult(
                                        row.getLong(3),
                                        row.getLong(4),
                                        row.getLong(5),
                                        row.getLong(6), // NULL, which is 0, in rows that are older
                                        row.getLong(7),
                                        row.getLong(8),
                                        checks(row.getString(9)),
                                        row.getLong(10),
                                        row.getString(11)))
                                : new Entry.Aborted(row.getInt(2)),
                        load)
                .stream()
                .findFirst();
    }

    /** Another text after each change of the ledger, without which no table changes. */
    static String version(Session session) throws SQLException {
        return session.rows(
                        "SELECT CAST(coalesce(bit_xor(hash(entry)), 0) AS VARCHAR) FROM " + TABLE + " AS entry",
                        row -> row.getString(1))
                .getFirst();
    }

    /** The same of one table. */
    static String version(Session session, String key) throws SQLException {
        return session.rows(
                        "SELECT CAST(coalesce(bit_xor(hash(entry)), 0) AS VARCHAR) FROM " + TABLE
                                + " AS entry WHERE lower(table_name) = ? OR ends_with(lower(table_name), ?)",
                        row -> row.getString(1),
                        key,
                        "." + key)
                .getFirst();
    }

    /**
     * Within the transaction that changes the table and that has found no more than an abort of an earlier generation. Changes of
     * a table are numbered, since clocks go back.
     *
     * @param table its {@link Table#key}
     * @param before what is kept of it, by {@link Undo}; null: nothing
     * @throws SQLException a {@linkplain Failures#isConflict conflict} when an abort has come since
     */
    static void commit(Session session, TableLoad tableLoad, LoadResult result, String table, @Nullable String before)
            throws SQLException {
        // no upsert: it must not touch a row that this transaction didn't see
        boolean isNew = find(session, tableLoad.load()).isEmpty();
        List<@Nullable Object> values = new ArrayList<>(Arrays.asList(
                tableLoad.generation(),
                tableLoad.run(),
                tableLoad.destination().table(),
                result.rows(),
                result.superseded(),
                result.tableRows(),
                result.outdated(),
                result.tied(),
                result.deleted(),
                result.checks().isEmpty() ? null : new CheckResults(result.checks()).written(JSON),
                result.rejected(),
                result.rejects(),
                table,
                before,
                table,
                tableLoad.load()));
        session.execute(isNew ? INSERT_COMMITTED : UPDATE_COMMITTED, values.toArray());
        TableLoad.CursorMove move = tableLoad.cursor();
        if (move != null && move.isKnown()) {
            session.execute(
                    "UPDATE " + TABLE + " SET pipeline = ?, endpoint = ?, cursor_by = ?, cursor = ?, cursor_number = "
                            + NEXT_NUMBER + " WHERE load = ?",
                    move.pipeline(),
                    move.endpoint(),
                    move.by(),
                    move.next(),
                    move.pipeline(),
                    move.endpoint(),
                    tableLoad.load());
        }
    }

    /**
     * Loads of a table of which nothing is to be kept any more, and says so in their rows.
     *
     * @param table its {@link Table#key}
     * @param kept of how many of them something is
     * @return what was kept of each, by the load
     */
    static Map<String, String> outdated(Session session, String table, int kept) throws SQLException {
        Map<String, String> outdated = new LinkedHashMap<>();
        session.rows(
                "SELECT load, before FROM " + TABLE
                        + " WHERE changed = ? AND before IS NOT NULL ORDER BY change_number DESC OFFSET " + kept,
                row -> outdated.put(row.getString(1), row.getString(2)),
                table);
        for (String one : outdated.keySet()) {
            session.execute("UPDATE " + TABLE + " SET before = NULL WHERE load = ?", one);
        }
        return outdated;
    }

    /**
     * What a load has done to its table.
     *
     * @param number of the change; 0 of a load of an earlier version
     * @param before what is kept of the table; null: nothing
     * @param rows that came to be in the table
     * @param tableRows in the table after it
     */
    record Change(
            String load,
            boolean committed,
            boolean rolledBack,
            long number,
            @Nullable String before,
            long rows,
            long tableRows) {}

    static Optional<Change> change(Session session, String load) throws SQLException {
        return session
                .rows(
                        "SELECT state, change_number, before, rows, table_rows FROM " + TABLE + " WHERE load = ?",
                        row -> new Change(
                                load,
                                row.getString(1).equals("COMMITTED"),
                                row.getString(1).equals("ROLLED_BACK"),
                                row.getLong(2),
                                row.getString(3),
                                row.getLong(4),
                                row.getLong(5)),
                        load)
                .stream()
                .findFirst();
    }

    /** The run of the last load that has changed the table after another one, and wasn't rolled back; null: none has. */
    static @Nullable String laterChange(Session session, Change change, String table) throws SQLException {
        return session
                .rows(
                        "SELECT run FROM " + TABLE + " WHERE changed = ? AND change_number > ? AND state = 'COMMITTED'"
                                + " ORDER BY change_number DESC LIMIT 1",
                        row -> row.getString(1),
                        table,
                        change.number())
                .stream()
                .findFirst()
                .orElse(null);
    }

    /** Within the transaction that undoes it. The cursor that the load moved is then the one before, or one that was set since. */
    static void rolledBack(Session session, String load) throws SQLException {
        session.execute(
                "UPDATE " + TABLE
                        + " SET state = 'ROLLED_BACK', before = NULL, cursor_number = NULL, decided_at = now()"
                        + " WHERE load = ?",
                load);
    }

    /** That a row is of a load into the table; takes its key, three times. */
    private static final String OF_TABLE =
            "(changed = ? OR lower(table_name) = ? OR ends_with(lower(table_name), '.' || ?))";

    private static Object[] of(Table table, @Nullable Object... more) {
        List<@Nullable Object> all = new ArrayList<>(List.of(table.key(), table.key(), table.key()));
        all.addAll(Arrays.asList(more));
        return all.toArray();
    }

    /** The load that has changed the table last; null: none. */
    static @Nullable String lastLoad(Session session, Table table) throws SQLException {
        return session
                .rows(
                        "SELECT load FROM " + TABLE + " WHERE " + OF_TABLE + " AND state = 'COMMITTED'"
                                + " ORDER BY change_number DESC NULLS LAST, decided_at DESC LIMIT 1",
                        row -> row.getString(1),
                        of(table))
                .stream()
                .findFirst()
                .orElse(null);
    }

    /** The cursors of those who have loaded the table, each as it is now. */
    static List<BackupManifest.Cursor> cursorsOf(Session session, Table table) throws SQLException {
        return session.rows(
                "SELECT pipeline, endpoint, cursor_by, cursor FROM " + TABLE + " WHERE cursor_number IS NOT NULL"
                        + " AND (pipeline, endpoint) IN (SELECT (pipeline, endpoint) FROM " + TABLE + " WHERE "
                        + OF_TABLE + " AND pipeline IS NOT NULL)"
                        + " QUALIFY row_number() OVER (PARTITION BY pipeline, endpoint ORDER BY cursor_number DESC) = 1"
                        + " ORDER BY pipeline, endpoint",
                row -> new BackupManifest.Cursor(
                        row.getString(1), row.getString(2), row.getString(3), row.getString(4)),
                of(table));
    }

    /**
     * Within the transaction that has restored a table, and after its {@link #commit} and {@code changed}: loads after those
     * that the backup has are in the table no more, those that are in it again count again, and cursors are as they were.
     */
    static void restored(Session session, TableRestore restore, Table table) throws SQLException {
        BackupManifest backup = restore.backup();
        List<BackupManifest.Cursor> present = cursorsOf(session, table);
        Long last = restore.isBack()
                ? session
                        .rows(
                                "SELECT change_number FROM " + TABLE + " WHERE load = ? AND " + OF_TABLE,
                                row -> row.getLong(1),
                                backup.lastLoad(),
                                table.key(),
                                table.key(),
                                table.key())
                        .stream()
                        .findFirst()
                        .orElse(null)
                : null;
        session.execute(
                "UPDATE " + TABLE
                        + " SET state = 'ROLLED_BACK', before = NULL, cursor_number = NULL, decided_at = now()"
                        + " WHERE " + OF_TABLE + " AND state = 'COMMITTED' AND load <> ?"
                        + " AND coalesce(change_number, 0) > ?",
                of(table, restore.load(), last == null ? -1L : last));
        if (!restore.isBack()) {
            return;
        }
        if (last != null) { // undone since, by a rollback or another restore
            session.execute(
                    "UPDATE " + TABLE + " SET state = 'COMMITTED', decided_at = make_timestamptz(?) WHERE " + OF_TABLE
                            + " AND state = 'ROLLED_BACK' AND change_number <= ? AND decided_at > make_timestamptz(?)",
                    micros(backup.at()),
                    table.key(),
                    table.key(),
                    table.key(),
                    last,
                    micros(backup.at()));
        }
        List<BackupManifest.Cursor> cursors = new ArrayList<>(backup.cursors());
        present.stream()
                .filter(now -> backup.cursors().stream()
                        .noneMatch(then -> then.pipeline().equals(now.pipeline())
                                && then.endpoint().equals(now.endpoint())))
                .map(now -> new BackupManifest.Cursor(now.pipeline(), now.endpoint(), null, null))
                .forEach(cursors::add);
        for (BackupManifest.Cursor cursor : cursors) {
            session.execute(
                    "INSERT INTO " + TABLE
                            + " (load, state, generation, run, table_name, table_rows, pipeline, endpoint, cursor,"
                            + " cursor_by, cursor_number, decided_at) SELECT ?, 'CURSOR', 1, ?, ?, ?, ?, ?, ?, ?, "
                            + NEXT_NUMBER + ", now()",
                    "cursor-" + UUID.randomUUID(),
                    restore.run(),
                    restore.destination().table(),
                    backup.rows(),
                    cursor.pipeline(),
                    cursor.endpoint(),
                    cursor.value(),
                    cursor.by(),
                    cursor.pipeline(),
                    cursor.endpoint());
        }
    }

    private static long micros(Instant moment) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, moment);
    }

    /**
     * What moved an endpoint's cursor last.
     *
     * @param table that the rows went into; null: somebody has set it, or nothing has moved it yet
     * @param by what it is a value of; null likewise
     * @param tableRows how many rows the table had then
     */
    record Moved(
            @Nullable String cursor,
            @Nullable String table,
            @Nullable String by,
            long tableRows) {}

    static Moved lastMove(Session session, String pipeline, String endpoint) throws SQLException {
        return session
                .rows(
                        "SELECT cursor, table_name, cursor_by, table_rows FROM " + TABLE
                                + " WHERE pipeline = ? AND endpoint = ? AND cursor_number IS NOT NULL"
                                + " ORDER BY cursor_number DESC LIMIT 1",
                        row -> new Moved(row.getString(1), row.getString(2), row.getString(3), row.getLong(4)),
                        pipeline,
                        endpoint)
                .stream()
                .findFirst()
                .orElse(new Moved(null, null, null, 0));
    }

    /** Those of some loads that have committed. */
    static List<String> committed(Session session, List<String> loads) throws SQLException {
        if (loads.isEmpty()) {
            return List.of();
        }
        return session.rows(
                "SELECT load FROM " + TABLE + " WHERE state = 'COMMITTED' AND load IN ("
                        + String.join(", ", Collections.nCopies(loads.size(), "?")) + ")",
                row -> row.getString(1),
                loads.toArray());
    }

    /** @param written null: the load has had none */
    private static List<CheckResult> checks(@Nullable String written) {
        return written == null ? List.of() : CheckQueries.read(written, JSON).results();
    }

    /** What the {@link dev.millrace.loader.CheckQueries} have answered. */
    static CheckResults checked(List<String> answers) {
        return CheckQueries.read("{\"results\":[" + String.join(",", answers) + "]}", JSON);
    }

    /**
     * Keeps what the columns of a table are, within the transaction that changes it.
     *
     * @param table its {@link Table#key}
     */
    static void keep(Session session, String table, List<Column> columns) throws SQLException {
        try {
            session.execute(
                    "INSERT OR REPLACE INTO " + SCHEMAS + " VALUES (?, ?)",
                    table,
                    JSON.writeValueAsString(new TableSchema(columns)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The columns of a table that were kept last; empty: they were never inferred. */
    static List<Column> schema(Session session, String table) throws SQLException {
        List<String> kept = session.rows(
                "SELECT columns FROM " + SCHEMAS + " WHERE table_name = ?", row -> row.getString(1), table);
        try {
            return kept.isEmpty()
                    ? List.of()
                    : Documents.read(kept.getFirst(), TableSchema.class, JSON).columns();
        } catch (IOException e) {
            throw new UncheckedIOException("the columns that are kept of " + table + " can't be read", e);
        }
    }

    /** The cursors of a pipeline, each as it is now. */
    static List<Cursors.Cursor> cursors(Session session, String pipeline) throws SQLException {
        return session.rows(
                "SELECT endpoint, cursor, run, epoch_us(decided_at) FROM " + TABLE
                        + " WHERE pipeline = ? AND cursor_number IS NOT NULL"
                        + " QUALIFY row_number() OVER (PARTITION BY endpoint ORDER BY cursor_number DESC) = 1"
                        + " ORDER BY endpoint",
                row -> new Cursors.Cursor(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        Instant.EPOCH.plus(row.getLong(4), ChronoUnit.MICROS)),
                pipeline);
    }

    /** In a transaction of its own: a row of a load that loads nothing. */
    static void change(Session session, String id, CursorChange change) throws SQLException {
        session.execute(
                "INSERT INTO " + TABLE + " (load, state, generation, pipeline, endpoint, cursor, cursor_number,"
                        + " decided_at) SELECT ?, 'CURSOR', 1, ?, ?, ?, " + NEXT_NUMBER + ", now()",
                id,
                change.pipeline(),
                change.endpoint(),
                change.value(),
                change.pipeline(),
                change.endpoint());
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
