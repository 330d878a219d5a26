package dev.millrace.transformer.engine;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifest;
import dev.millrace.transformer.value.ColumnBuffer;
import io.micronaut.core.annotation.Nullable;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.duckdb.DuckDBConnection;

/**
 * A DuckDB in the hands of one task: writes rows as Parquet, and calculates expressions on other connections meanwhile. Holds
 * no more in memory than its limit and moves the rest into its scratch folder, the only one that it may touch.
 */
public final class Engine implements AutoCloseable {
    /**
     * The rows that a group of DuckDB's tables has, less those of a vector, by which a group in Parquet may become larger: one
     * that were larger than the table's would be two there, which the next checkpoint would write anew as one.
     */
    private static final int MAX_ROW_GROUP = 122_880 - 2_048;

    private static final int MIN_ROW_GROUP = 2_048;

    /** Share of the memory limit that the rows of one group may take, which are in memory together. */
    private static final int GROUP_SHARE = 16;

    /** Of rows that are on their way into the engine, which doesn't count them. */
    private static final long MAX_OF_ROWS = 24L * 1024 * 1024;

    /** Share of the memory limit that they may take. */
    private static final int ROWS_SHARE = 4;

    private final long groupBytes;
    private final Path scratch;
    private final DuckDBConnection root;
    private final @Nullable Engines engines;
    private final DuckDBConnection writing;
    private final Queue<DuckDBConnection> connections = new ConcurrentLinkedQueue<>();
    private final RowStream rows;
    private final NativeMemory memory;
    private final Queue<RowStream> streams = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Statement running;
    private volatile boolean cancelled;
    private boolean done;

    /**
     * One that ends with the task.
     *
     * @param scratch a folder of its own, removed by the caller
     * @param memoryLimit of the engine and of the rows that it is to read
     * @param names of the columns that are written
     * @param columns like those whose rows will be written
     */
    public Engine(Path scratch, long memoryLimit, int threads, List<String> names, List<ColumnBuffer> columns)
            throws SQLException {
        this(open(scratch, memoryLimit, threads), scratch, memoryLimit, null, names, columns);
    }

    /**
     * @param root a connection to an engine without data, of {@link #open}, which this closes or gives back
     * @param engines whose it is; null: it ends with the task
     */
    Engine(
            DuckDBConnection root,
            Path scratch,
            long memoryLimit,
            @Nullable Engines engines,
            List<String> names,
            List<ColumnBuffer> columns)
            throws SQLException {
        this.scratch = scratch;
        this.root = root;
        this.engines = engines;
        this.memory = new NativeMemory(ofRows(memoryLimit));
        this.groupBytes = (memoryLimit - ofRows(memoryLimit)) / GROUP_SHARE;
        try {
            this.writing = root.duplicate();
            this.rows = stream(writing, "rows_to_stage", names, columns);
        } catch (SQLException e) {
            root.close();
            throw e;
        }
    }

    private static long ofRows(long memoryLimit) {
        return Math.min(MAX_OF_ROWS, memoryLimit / ROWS_SHARE);
    }

    /** A DuckDB without data, which lives as long as there are connections to it. */
    static DuckDBConnection open(Path scratch, long memoryLimit, int threads) throws SQLException {
        DuckDBConnection root = DriverManager.getConnection("jdbc:duckdb:").unwrap(DuckDBConnection.class);
        try (Statement statement = root.createStatement()) {
            for (String setting : settings(scratch, memoryLimit - ofRows(memoryLimit), threads)) {
                statement.execute("SET " + setting);
            }
            return root;
        } catch (SQLException e) {
            root.close();
            throw e;
        }
    }

    /** Loads the engine into the process, without a task. */
    public static void load() throws SQLException {
        DriverManager.getConnection("jdbc:duckdb:").close();
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

    /** The folder that it may touch. */
    public Path scratch() {
        return scratch;
    }

    /** A further connection, which is closed with the engine. */
    DuckDBConnection connect() throws SQLException {
        DuckDBConnection connection = root.duplicate();
        connections.add(connection);
        return connection;
    }

    /**
     * Rows that queries of a connection can read, closed with the engine.
     *
     * @param view name of its own in the connection
     */
    public RowStream stream(DuckDBConnection connection, String view, List<String> names, List<ColumnBuffer> columns) {
        RowStream stream = new RowStream(connection, view, names, columns);
        streams.add(stream);
        return stream;
    }

    /** What rows hold that are on their way into the engine. */
    public NativeMemory memory() {
        return memory;
    }

    /** Rows of a group in Parquet, so that a group of rows like these fits into the memory for it. */
    public int rowGroup(long rows, long bytes) {
        return Math.clamp(rows * groupBytes / Math.max(1, bytes), MIN_ROW_GROUP, MAX_ROW_GROUP);
    }

    /** Whether rows of so many bytes are too many for one group. */
    public boolean exceedsGroup(long bytes) {
        return bytes > 2 * groupBytes;
    }

    /**
     * Writes rows in the order in which they come, with their {@link Manifest#POSITION}.
     *
     * @param number of the part, from 0, below 2^31
     * @param rowGroup rows of a group
     */
    public void write(RowStream.Supply supply, int number, int rowGroup, Path file) throws SQLException {
        rows.supply(supply, (long) number << Integer.SIZE);
        execute("COPY (" + rows.select(Manifest.POSITION) + ") TO " + text(file.toString())
                + " (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE " + rowGroup + ")");
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
    public void cancel() throws SQLException {
        cancelled = true;
        Statement statement = running;
        if (statement != null && !statement.isClosed()) {
            statement.cancel();
        }
    }

    /** Says that the task has done all that it wanted, so that another task may have the DuckDB after it. */
    public void done() {
        done = true;
    }

    /** What the user can do about an error of the engine; anything else is a defect and returned as it is. */
    public static Exception explain(SQLException e) {
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
    public static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    private static String text(String value) {
        return "'" + value.replace("'", "''") + "'";
    }

    /** Leaves nothing of the task: what it made is gone with its connections. */
    @Override
    public void close() throws SQLException {
        boolean closed = false;
        boolean isOfUse = done && !cancelled;
        try (writing) {
            cancelled = true;
            for (DuckDBConnection connection : connections) {
                connection.close();
            }
            closed = true;
        } finally {
            streams.forEach(RowStream::close);
            if (engines == null) {
                root.close();
            } else {
                engines.end(root, scratch, closed && isOfUse);
            }
        }
    }
}
