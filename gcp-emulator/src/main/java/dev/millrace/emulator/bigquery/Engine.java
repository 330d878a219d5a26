package dev.millrace.emulator.bigquery;

import dev.millrace.emulator.bigquery.googlesql.Conversions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/** The DuckDB database that holds all tables. Safe for use by several threads. */
final class Engine implements AutoCloseable {
    private final DuckDBConnection root;
    private final Queue<Session> idle = new ConcurrentLinkedQueue<>();

    /** @param folder for the database; made when missing */
    Engine(Path folder) throws IOException, SQLException {
        Files.createDirectories(folder);
        Properties settings = new Properties();
        settings.setProperty("autoinstall_known_extensions", "false");
        settings.setProperty("autoload_known_extensions", "false");
        // a merge of a million rows of ten columns spills with half of it
        settings.setProperty("memory_limit", "1GB");
        settings.setProperty("temp_directory", folder.resolve("scratch").toString());
        // most tables are read once and dropped: to choose a compression takes longer than all else that is done to
        // them
        settings.setProperty("force_compression", "uncompressed");
        // the last of several rows, as one aggregate of whole rows: with wide rows it takes three times as long as a
        // window
        settings.setProperty("disabled_optimizers", "top_n_window_elimination");
        this.root = (DuckDBConnection)
                DriverManager.getConnection("jdbc:duckdb:" + folder.resolve("engine.duckdb"), settings);
        Conversions.register(root);
        try (Statement statement = root.createStatement()) {
            statement.execute("CREATE SCHEMA IF NOT EXISTS emulator");
            statement.execute("CREATE TABLE IF NOT EXISTS emulator.nothing (nothing BOOLEAN)");
        }
    }

    /** A session of its own, for a job: with it end its variables and its temporary tables. */
    Session open() throws SQLException {
        return new Session(root.duplicate(), null);
    }

    /** A session for statements that leave nothing behind in it; closed, it is for whoever comes next. */
    Session lend() throws SQLException {
        Session session = idle.poll();
        return session == null ? new Session(root.duplicate(), idle) : session;
    }

    @Override
    public void close() throws SQLException {
        for (Session session = idle.poll(); session != null; session = idle.poll()) {
            session.end();
        }
        root.close();
    }

    /** Reads a row. */
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** One connection, used by one thread; only {@link #cancel} may come from others. */
    static final class Session implements AutoCloseable {
        private final DuckDBConnection connection;
        private final Statement statement;
        private final @Nullable Queue<Session> idle;

        /** @param idle where it waits for the next when it is closed; null: it ends then */
        Session(DuckDBConnection connection, @Nullable Queue<Session> idle) throws SQLException {
            this.connection = connection;
            this.idle = idle;
            this.statement = connection.createStatement();
            // the setting of the database isn't that of a session
            statement.execute("SET TimeZone = 'UTC'");
        }

        /** Returns how many rows were changed. */
        long execute(String sql, Object... parameters) throws SQLException {
            try (PreparedStatement prepared = connection.prepareStatement(sql)) {
                set(prepared, parameters);
                boolean rows = prepared.execute();
                return rows ? 0 : prepared.getUpdateCount();
            }
        }

        <T> List<T> rows(String sql, Row<T> row, Object... parameters) throws SQLException {
            try (PreparedStatement prepared = connection.prepareStatement(sql)) {
                set(prepared, parameters);
                List<T> rows = new ArrayList<>();
                try (ResultSet found = prepared.executeQuery()) {
                    while (found.next()) {
                        rows.add(row.read(found));
                    }
                }
                return rows;
            }
        }

        long number(String sql) throws SQLException {
            return rows(sql, row -> row.getLong(1)).getFirst();
        }

        /** Columns of a query, with the engine's types. */
        List<Field> describe(String query) throws SQLException {
            return rows(
                    "DESCRIBE " + query,
                    row -> EngineType.field(row.getString("column_name"), row.getString("column_type")));
        }

        /** Interrupts what the connection does; from any thread. */
        void cancel() throws SQLException {
            statement.cancel();
        }

        void begin() throws SQLException {
            connection.setAutoCommit(false);
        }

        /** Begins a transaction that sees nothing of what others commit from now on. */
        void beginWithSnapshot() throws SQLException {
            begin();
            // the snapshot is that of the transaction's first statement
            number("SELECT count(*) FROM emulator.nothing");
        }

        void commit() throws SQLException {
            connection.commit();
            connection.setAutoCommit(true);
        }

        void rollback() throws SQLException {
            if (!connection.getAutoCommit()) {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }

        private static void set(PreparedStatement prepared, Object... parameters) throws SQLException {
            for (int i = 0; i < parameters.length; i++) {
                prepared.setObject(i + 1, parameters[i]);
            }
        }

        @Override
        public void close() throws SQLException {
            if (idle == null) {
                end();
            } else {
                idle.add(this);
            }
        }

        private void end() throws SQLException {
            statement.close();
            connection.close();
        }
    }
}
