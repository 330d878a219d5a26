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
import org.duckdb.DuckDBConnection;

/** The DuckDB database that holds all tables. Safe for use by several threads. */
final class Engine implements AutoCloseable {
    private final DuckDBConnection root;

    /** @param folder for the database; made when missing */
    Engine(Path folder) throws IOException, SQLException {
        Files.createDirectories(folder);
        Properties settings = new Properties();
        settings.setProperty("autoinstall_known_extensions", "false");
        settings.setProperty("autoload_known_extensions", "false");
        settings.setProperty("memory_limit", "512MB");
        settings.setProperty("temp_directory", folder.resolve("scratch").toString());
        this.root = (DuckDBConnection)
                DriverManager.getConnection("jdbc:duckdb:" + folder.resolve("tables.duckdb"), settings);
        Conversions.register(root);
    }

    /** A connection of its own. */
    Session open() throws SQLException {
        return new Session(root.duplicate());
    }

    @Override
    public void close() throws SQLException {
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

        Session(DuckDBConnection connection) throws SQLException {
            this.connection = connection;
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
            statement.close();
            connection.close();
        }
    }
}
