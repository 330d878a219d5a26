package dev.millrace.loader.duckdb;

import io.micronaut.core.annotation.Nullable;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection. Its statements run on a platform thread while the caller waits: they block in native code, which
 * would hold up every other virtual thread, heartbeats included; and an interruption of the caller becomes an orderly
 * cancellation. Used by one caller at a time.
 */
final class Session implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);
    private static final long CANCEL_AGAIN_MILLIS = 50;

    private final DuckDBConnection connection;
    private volatile boolean cancelled;
    private volatile @Nullable Statement current;

    Session(DuckDBConnection connection) {
        this.connection = connection;
    }

    /** What a session does on its thread. */
    interface Action<T> {
        T run() throws SQLException;
    }

    /** Reads one row. */
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /**
     * Runs the action and waits for it.
     *
     * @throws InterruptedException after the action has ended, when the caller was interrupted
     */
    <T> T run(Action<T> action) throws SQLException, InterruptedException {
        try {
            return run(Duration.ofDays(365), action);
        } catch (TimeoutException e) {
            throw new SQLException("a statement has been running for a year", e);
        }
    }

    /**
     * @throws TimeoutException after the action was cancelled and has ended, when it took too long
     * @throws InterruptedException after the action has ended, when the caller was interrupted
     */
    <T> T run(Duration limit, Action<T> action) throws SQLException, InterruptedException, TimeoutException {
        FutureTask<T> task = new FutureTask<>(action::run);
        Thread thread = Thread.ofPlatform().daemon().name("duckdb").start(task);
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException | TimeoutException e) {
            cancelUntilEnded(thread);
            throw e;
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case SQLException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    /** A cancellation between two statements would be lost, so it is repeated. */
    private void cancelUntilEnded(Thread thread) {
        cancelled = true;
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                Statement statement = current;
                if (statement != null) {
                    statement.cancel();
                }
                thread.join(CANCEL_AGAIN_MILLIS);
            } catch (SQLException e) {
                LOG.debug("a statement ended before it was cancelled", e);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Commits what the action does, or nothing. */
    <T> T transaction(Action<T> action) throws SQLException {
        return transaction("BEGIN TRANSACTION", action);
    }

    /** Refuses every change that the action tries. */
    <T> T reading(Action<T> action) throws SQLException {
        return transaction("BEGIN TRANSACTION READ ONLY", action);
    }

    /** Takes back what the action does. */
    <T> T undone(Action<T> action) throws SQLException {
        execute("BEGIN TRANSACTION");
        try {
            return action.run();
        } finally {
            rollBack();
        }
    }

    private <T> T transaction(String begin, Action<T> action) throws SQLException {
        execute(begin);
        boolean committed = false;
        try {
            T result = action.run();
            execute("COMMIT");
            committed = true;
            return result;
        } finally {
            if (!committed) {
                rollBack();
            }
        }
    }

    private void rollBack() {
        try (Statement statement = connection.createStatement()) {
            statement.execute("ROLLBACK");
        } catch (SQLException e) {
            LOG.debug("the transaction had been rolled back already: {}", e.getMessage());
        }
    }

    void execute(String sql, @Nullable Object... parameters) throws SQLException {
        rows(sql, row -> row, parameters);
    }

    /** The only value of the only row. */
    long number(String sql, @Nullable Object... parameters) throws SQLException {
        return rows(sql, row -> row.getLong(1), parameters).getFirst();
    }

    <T> List<T> rows(String sql, Row<T> reader, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            List<T> rows = new ArrayList<>();
            if (statement.execute()) {
                try (ResultSet results = statement.getResultSet()) {
                    while (results.next()) {
                        rows.add(reader.read(results));
                    }
                }
            }
            return rows;
        } finally {
            current = null;
        }
    }

    /** To be closed by the caller. */
    PreparedStatement prepare(String sql) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        current = statement;
        if (cancelled) {
            statement.close();
            throw new SQLException("INTERRUPT Error: cancelled");
        }
        return statement;
    }

    /** Takes rows for a table; to be closed by the caller. */
    DuckDBAppender appender(String catalog, String schema, String table) throws SQLException {
        return connection.createAppender(catalog, schema, table);
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.warn("a connection to the warehouse couldn't be closed", e);
        }
    }
}
