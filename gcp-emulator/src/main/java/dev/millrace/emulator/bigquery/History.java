package dev.millrace.emulator.bigquery;

import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.http.ApiException;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What tables were before they were changed, as far as it is kept: since the emulator was started, the last states of each
 * table, and none of a table with many rows. What isn't kept is refused as BigQuery refuses it.
 *
 * <p>Safe for use by several threads; who also takes the lock of {@link Tables} takes that one first.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/access-historical-data">Access historical data</a>
 */
final class History implements AutoCloseable {
    /** More take longer to copy than a test should wait. */
    private static final long MOST_ROWS = 20_000;

    private static final int MOST_STATES = 10;

    /** Its temporary tables hold the states, which need not survive it. */
    private final Engine.Session session;

    private final Catalog catalog;
    private final Clock clock;
    private final Map<TableName, Deque<State>> states = new HashMap<>();
    private final Map<TableName, Long> beginnings = new HashMap<>();
    private final long started;
    private long number;

    History(Engine engine, Catalog catalog, Clock clock) throws SQLException {
        this.session = engine.open();
        this.catalog = catalog;
        this.clock = clock;
        this.started = clock.millis();
    }

    /**
     * A state of a table.
     *
     * @param until in milliseconds, when the next one began
     * @param rows a temporary table of the session
     */
    private record State(long until, List<Field> fields, String rows) {}

    /**
     * What a table was.
     *
     * @param sql of its rows, in {@link #session}
     */
    record Rows(List<Field> fields, String sql) {}

    interface Change {
        void make() throws SQLException, InterruptedException;
    }

    Engine.Session session() {
        return session;
    }

    /** Makes a change that is committed when it ends, and keeps what the tables were. */
    synchronized void change(Collection<TableName> tables, Change change) throws SQLException, InterruptedException {
        Map<TableName, State> before = new HashMap<>();
        for (TableName table : tables) {
            State state = state(table);
            if (state != null) {
                before.put(table, state);
            }
        }
        boolean changed = false;
        try {
            change.make();
            changed = true;
        } finally {
            if (!changed) {
                for (State state : before.values()) {
                    drop(state);
                }
            }
        }
        // whatever was read in the same millisecond was read before
        long until = clock.millis() + 1;
        for (TableName table : tables) {
            State state = before.get(table);
            if (state == null) {
                forget(table);
                beginnings.put(table, until);
            } else {
                add(table, new State(until, state.fields(), state.rows()));
            }
        }
    }

    private @Nullable State state(TableName table) throws SQLException {
        List<Field> fields = Catalog.fields(catalog.table(table));
        if (fields.isEmpty() || session.number("SELECT count(*) FROM " + table.quoted()) > MOST_ROWS) {
            return null;
        }
        String rows = TableName.quote("state " + ++number);
        session.execute("CREATE TEMP TABLE " + rows + " AS FROM " + table.quoted());
        return new State(0, fields, rows);
    }

    private void add(TableName table, State state) throws SQLException {
        Deque<State> kept = states.computeIfAbsent(table, _ -> new ArrayDeque<>());
        kept.addLast(state);
        if (kept.size() > MOST_STATES) {
            State oldest = kept.removeFirst();
            beginnings.put(table, oldest.until());
            drop(oldest);
        }
    }

    private void drop(State state) throws SQLException {
        session.execute("DROP TABLE " + state.rows());
    }

    /** Forgets what a table was: it is removed, or its columns are others. */
    synchronized void forget(TableName table) throws SQLException {
        Deque<State> kept = states.remove(table);
        if (kept != null) {
            for (State state : kept) {
                drop(state);
            }
        }
        beginnings.put(table, clock.millis() + 1);
    }

    /** @throws ApiException when it isn't kept */
    synchronized Rows at(TableName table, long millis) throws SQLException {
        long created = catalog.table(table).path("creationTime").asLong();
        long first = Math.max(Math.max(created, started), beginnings.getOrDefault(table, 0L));
        if (millis < first) {
            throw Errors.invalid("Invalid snapshot time " + millis + " for table " + table + "@" + millis
                    + ". Cannot read before " + first + ".");
        }
        for (State state : states.getOrDefault(table, new ArrayDeque<>())) {
            if (millis < state.until()) {
                return new Rows(state.fields(), "FROM " + state.rows());
            }
        }
        return new Rows(Catalog.fields(catalog.table(table)), "FROM " + table.quoted());
    }

    @Override
    public void close() throws SQLException {
        session.close();
    }
}
