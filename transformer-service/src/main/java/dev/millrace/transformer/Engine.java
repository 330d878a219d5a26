package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifest;
import io.micronaut.core.annotation.Nullable;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/**
 * A DuckDB of one task: takes rows into tables and writes each table as Parquet. Holds no more in memory than its
 * limit and moves the rest into its scratch folder, the only one that it may touch. Several threads may each fill a table
 * while another one writes.
 */
final class Engine implements AutoCloseable {
    /** DuckDB's own default. */
    private static final int MAX_ROW_GROUP = 122_880;

    private static final int MIN_ROW_GROUP = 2_048;

    /** Share of the memory limit that the rows of one group may take, which are in memory together. */
    private static final int GROUP_SHARE = 16;

    private final long batchBytes;
    private final long flushBytes;
    private final List<ColumnReading> columns;
    private final DuckDBConnection root;
    private final DuckDBConnection writing;
    private final Queue<DuckDBConnection> connections = new ConcurrentLinkedQueue<>();
    private final Queue<DuckDBConnection> idle = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Statement running;
    private volatile boolean cancelled;

    /** @param scratch a folder of its own, removed by the caller */
    Engine(Path scratch, long memoryLimit, int threads, List<ColumnReading> columns) throws SQLException {
        this.columns = columns;
        this.batchBytes = memoryLimit / GROUP_SHARE;
        this.flushBytes = batchBytes / (threads + 1);
        this.root = DriverManager.getConnection("jdbc:duckdb:").unwrap(DuckDBConnection.class);
        try (Statement statement = root.createStatement()) {
            for (String setting : settings(scratch, memoryLimit, threads)) {
                statement.execute("SET " + setting);
            }
            this.writing = root.duplicate();
        } catch (SQLException e) {
            root.close();
            throw e;
        }
    }

    private static List<String> settings(Path scratch, long memoryLimit, int threads) {
        return List.of(
                "temp_directory = " + text(scratch.resolve("spill").toString()),
                "memory_limit = " + text(memoryLimit + "B"),
                "threads = " + threads,
                "TimeZone = 'UTC'",
                "preserve_insertion_order = true",
                // without NULLs in a part its columns would be required in Parquet, and in another part optional
                "disabled_optimizers = 'statistics_propagation'",
                "autoinstall_known_extensions = false",
                "autoload_known_extensions = false",
                "allowed_directories = [" + text(scratch.toString()) + "]",
                "enable_external_access = false",
                "lock_configuration = true");
    }

    /** A further connection, which is closed with the engine. */
    DuckDBConnection connect() throws SQLException {
        DuckDBConnection connection = root.duplicate();
        connections.add(connection);
        return connection;
    }

    /**
     * A new table, empty.
     *
     * @param name of its own in the engine
     */
    Table create(String name) throws SQLException {
        DuckDBConnection free = idle.poll();
        DuckDBConnection connection = free == null ? connect() : free;
        String definition = columns.stream()
                .map(column -> name(column.column()) + " " + column.reading().sqlType())
                .collect(Collectors.joining(", "));
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE " + name + " (" + definition + ")");
        }
        return new Table(name, connection, connection.createAppender(name));
    }

    /**
     * Filled by one thread, and written by {@link #write} once it is closed. No more may be open at once than the engine
     * has threads, and one: what they have not flushed is outside of the memory limit.
     */
    final class Table implements AutoCloseable {
        private final String name;
        private final DuckDBConnection connection;
        private final DuckDBAppender appender;
        private long rows;
        private long unflushed;

        private Table(String name, DuckDBConnection connection, DuckDBAppender appender) {
            this.name = name;
            this.connection = connection;
            this.appender = appender;
        }

        /**
         * @param some of each row a value for each column, null for NULL
         * @param size bytes that the rows had as records
         */
        void add(List<Object[]> some, long size) throws SQLException {
            long each = some.isEmpty() ? 0 : size / some.size();
            for (Object[] row : some) {
                append(row);
                unflushed += each;
                if (unflushed >= flushBytes) {
                    appender.flush();
                    unflushed = 0;
                }
            }
            rows += some.size();
        }

        private void append(Object[] row) throws SQLException {
            appender.beginRow();
            for (int i = 0; i < row.length; i++) {
                if (row[i] == null) {
                    appender.appendNull();
                } else {
                    columns.get(i).reading().append(appender, row[i]);
                }
            }
            appender.endRow();
        }

        @Override
        public void close() throws SQLException {
            try (appender) {
                appender.flush();
            }
            idle.add(connection);
        }
    }

    /**
     * Writes the tables, one after the other and each in the order in which its rows came, with their
     * {@link Manifest#POSITION}, and drops them.
     *
     * @param tables at least one
     * @param number of the part, from 0, below 2^31
     * @param bytes that the rows had as records, for the size of row groups
     */
    void write(List<Table> tables, int number, long bytes, Path file) throws SQLException {
        List<String> selects = new ArrayList<>();
        long rows = 0;
        for (Table table : tables) {
            long first = ((long) number << Integer.SIZE) + rows;
            selects.add("SELECT *, " + first + " + rowid AS " + Manifest.POSITION + " FROM " + table.name);
            rows += table.rows;
        }
        long rowGroup = Math.clamp(rows * batchBytes / Math.max(1, bytes), MIN_ROW_GROUP, MAX_ROW_GROUP);
        execute("COPY (" + String.join(" UNION ALL ", selects) + ") TO " + text(file.toString())
                + " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE " + rowGroup + ")");
        for (Table table : tables) {
            execute("DROP TABLE " + table.name);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = writing.createStatement()) {
            running = statement;
            if (cancelled) {
                throw new SQLException("cancelled");
            }
            statement.execute(sql);
        } finally {
            running = null;
        }
    }

    /** Ends what {@link #write} is doing, and lets it do nothing more. */
    void cancel() throws SQLException {
        cancelled = true;
        Statement statement = running;
        if (statement != null && !statement.isClosed()) {
            statement.cancel();
        }
    }

    /** What the user can do about an error of the engine; anything else is a defect and returned as it is. */
    static Exception explain(SQLException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("No space left on device") || message.contains("max_temp_directory_size")) {
            return new MillraceException(
                    ErrorCode.STAGING_UNAVAILABLE, "the disk of the transformer's scratch folder is full", e);
        }
        if (message.startsWith("IO Error")) {
            return new MillraceException(
                    ErrorCode.STAGING_UNAVAILABLE,
                    "the transformer's scratch folder can't be used: "
                            + message.lines().findFirst().orElse(""),
                    e);
        }
        if (message.contains("Out of Memory Error") || message.contains("failed to allocate")) {
            return new MillraceException(
                    ErrorCode.INTERNAL,
                    "the records need more memory than millrace.transformer.memory-limit allows the engine",
                    e);
        }
        return e;
    }

    /** For SQL. */
    static String name(Column column) {
        return '"' + column.name().replace("\"", "\"\"") + '"';
    }

    private static String text(String value) {
        return "'" + value.replace("'", "''") + "'";
    }

    @Override
    public void close() throws SQLException {
        try (root;
                writing) {
            cancelled = true;
            for (DuckDBConnection connection : connections) {
                connection.close();
            }
        }
    }
}
