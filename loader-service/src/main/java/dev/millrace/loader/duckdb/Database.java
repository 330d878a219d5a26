package dev.millrace.loader.duckdb;

import dev.failsafe.RetryPolicy;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Retries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.duckdb.DuckDBConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file, opened by this process alone. Whatever SQL runs in it, it reads no file outside of the scratch folder,
 * loads no extension and can't change that. Safe for use by several threads.
 */
final class Database implements AutoCloseable {
    /** No dataset can have this name, so that {@code dataset.table} always means a schema of the file. */
    static final String CATALOG = "\"millrace-warehouse\"";

    private static final Logger LOG = LoggerFactory.getLogger(Database.class);
    private static final Duration OPEN_AGAIN = Duration.ofMillis(100);

    private final DuckDbConfig config;
    private final Path file;
    private final Path scratch;
    private DuckDBConnection root;
    private boolean broken;
    private boolean closed;

    private Database(DuckDbConfig config, Path file, Path scratch, DuckDBConnection root) {
        this.config = config;
        this.file = file;
        this.scratch = scratch;
        this.root = root;
    }

    /** @throws MillraceException with {@code WAREHOUSE_FAILED} when another process keeps the file, or it is none of ours */
    static Database open(DuckDbConfig config) throws InterruptedException {
        Path file = config.file().toAbsolutePath().normalize();
        Path scratch = file.resolveSibling(file.getFileName() + ".scratch");
        try {
            Files.createDirectories(scratch);
            // links are resolved by the engine before it compares with the folders that it may read
            return new Database(config, file, scratch.toRealPath(), open(config, file, scratch.toRealPath()));
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.WAREHOUSE_FAILED, "can't create the folder " + scratch + " of the warehouse", e);
        }
    }

    private static DuckDBConnection open(DuckDbConfig config, Path file, Path scratch) throws InterruptedException {
        RetryPolicy<DuckDBConnection> whileLocked = RetryPolicy.<DuckDBConnection>builder()
                .handleIf(failure -> failure instanceof SQLException e && isLocked(e))
                .withDelayFn(_ -> OPEN_AGAIN)
                .withMaxAttempts(-1)
                .withMaxDuration(config.openFor())
                .build();
        try {
            return Retries.run(whileLocked, SQLException.class, _ -> attach(config, file, scratch));
        } catch (SQLException e) {
            String reason = isLocked(e) ? "another process has it open: " + Failures.sentence(e) : Failures.sentence(e);
            throw new MillraceException(
                    ErrorCode.WAREHOUSE_FAILED, "can't open the warehouse " + file + ": " + reason, e);
        }
    }

    private static boolean isLocked(SQLException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("Could not set lock") || message.contains("Unique file handle conflict");
    }

    private static DuckDBConnection attach(DuckDbConfig config, Path file, Path scratch) throws SQLException {
        String memoryLimit = config.engineMemory();
        DuckDBConnection connection = (DuckDBConnection) DriverManager.getConnection("jdbc:duckdb:");
        try (Statement statement = connection.createStatement()) {
            List<String> settings = new ArrayList<>(List.of(
                    "TimeZone = 'UTC'",
                    "autoload_known_extensions = false",
                    "autoinstall_known_extensions = false",
                    "preserve_insertion_order = true",
                    "late_materialization_max_rows = 0", // fails for a page of NULLs in 2.0.0
                    "memory_limit = " + Sql.text(memoryLimit),
                    "temp_directory = " + Sql.text(scratch.resolve("spill").toString()),
                    "allowed_directories = [" + Sql.text(scratch + "/") + "]"));
            if (config.threads() != null) {
                settings.add("threads = " + config.threads());
            }
            for (String setting : settings) {
                statement.execute("SET GLOBAL " + setting);
            }
            statement.execute("ATTACH " + Sql.text(file.toString()) + " AS " + CATALOG);
            clear(scratch); // only now is it certain that nobody else uses it
            statement.execute("SET GLOBAL enable_external_access = false");
            statement.execute("SET GLOBAL lock_configuration = true");
            statement.execute("USE " + CATALOG + ".main");
            Ledger.create(statement);
            LOG.info("the warehouse {} is open, with {} of memory", file, memoryLimit);
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static void clear(Path folder) {
        try (Stream<Path> leftovers = Files.walk(folder)) {
            for (Path leftover : leftovers.sorted(Comparator.reverseOrder()).toList()) {
                if (!leftover.equals(folder)) {
                    Files.deleteIfExists(leftover);
                }
            }
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.WAREHOUSE_FAILED, "can't empty the scratch folder " + folder, e);
        }
    }

    /** Folder of the only files that SQL can read; emptied when the file is opened. */
    Path scratch() {
        return scratch;
    }

    /** A new connection. After a failure that left the engine unusable, the file is opened anew. */
    synchronized Session session() throws InterruptedException, SQLException {
        if (closed) {
            throw new MillraceException(ErrorCode.WAREHOUSE_FAILED, "the warehouse is closed");
        }
        if (broken) {
            root.close();
            root = open(config, file, scratch);
            broken = false;
            LOG.info("the warehouse was opened again");
        }
        DuckDBConnection connection = root.duplicate();
        try (Statement statement = connection.createStatement()) {
            statement.execute("USE " + CATALOG + ".main");
            return new Session(connection);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** To be told of every failure, to notice those after which nothing works any more. */
    synchronized void failed(SQLException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        if (!broken && (message.contains("database has been invalidated") || message.startsWith("fatal error"))) {
            LOG.error("the warehouse has to be opened again", e);
            broken = true;
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (DuckDBConnection last = root;
                Statement statement = last.createStatement()) {
            statement.execute("CHECKPOINT " + CATALOG);
        } catch (SQLException e) {
            // nothing is lost: the write-ahead log is replayed when the file is opened
            LOG.warn("the warehouse was closed without a checkpoint: {}", Failures.sentence(e));
        }
    }
}
