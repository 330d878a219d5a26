package dev.millrace.loader.trial;

import dev.millrace.loader.ModelLoad;
import dev.millrace.loader.TableLoad;
import dev.millrace.loader.Warehouse;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Abort;
import dev.millrace.task.CommittedLoads;
import dev.millrace.task.CursorChange;
import dev.millrace.task.Cursors;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Query;
import dev.millrace.task.Rollback;
import dev.millrace.task.TableSchema;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.worker.TaskContext;
import io.micronaut.context.annotation.Property;
import io.micronaut.context.annotation.Requires;
import io.micronaut.core.annotation.Nullable;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/**
 * A warehouse in a file of H2, as small as a real one can be: it replaces and appends whole numbers, texts and JSON. A
 * load's rows wait in memory. Of commits and aborts there is one at a time.
 */
@Singleton
@Requires(property = "millrace.warehouse.type", value = TrialKind.TYPE)
final class TrialWarehouse implements Warehouse, AutoCloseable {
    private static final String LEDGER = "\"millrace\".\"ledger\"";

    private final String url;
    private final Path scratch;
    private final StagingStore staging;
    private final Connection open;
    private final ReentrantLock deciding = new ReentrantLock();

    TrialWarehouse(@Property(name = "millrace.warehouse.trial.folder") Path folder, StagingStore staging)
            throws SQLException {
        this.url = "jdbc:h2:file:" + folder.resolve("trial").toAbsolutePath() + ";DATABASE_TO_LOWER=TRUE";
        this.scratch = folder;
        this.staging = staging;
        this.open = connect();
        execute(open, "CREATE SCHEMA IF NOT EXISTS \"millrace\"");
        execute(
                open,
                "CREATE TABLE IF NOT EXISTS " + LEDGER + " (\"load\" VARCHAR PRIMARY KEY, state VARCHAR NOT NULL,"
                        + " generation INTEGER NOT NULL, run VARCHAR, table_name VARCHAR, \"rows\" BIGINT,"
                        + " table_rows BIGINT)");
    }

    @Override
    public Capabilities capabilities() {
        return new TrialKind().capabilities();
    }

    /** A step that may fail as JDBC does. */
    private interface Action<T> {
        T run(Connection connection) throws SQLException;
    }

    private <T> T failing(String what, Action<T> action) {
        try (Connection connection = connect()) {
            return action.run(connection);
        } catch (SQLException e) {
            throw new MillraceException(
                    ErrorCode.WAREHOUSE_FAILED, what + " failed in the warehouse: " + e.getMessage(), e);
        }
    }

    private <T> T decided(String what, Action<T> action) throws InterruptedException {
        deciding.lockInterruptibly();
        try {
            return failing(what, action);
        } finally {
            deciding.unlock();
        }
    }

    @Override
    public LoadResult load(TableLoad load, TaskContext context) throws InterruptedException {
        String what = "the load into " + load.destination().table();
        Optional<LoadResult> earlier = failing(what, connection -> committed(connection, load));
        if (earlier.isPresent()) {
            return earlier.get();
        }
        check(load);
        List<Object[]> rows = TrialStage.rows(load, staging, scratch, context);
        context.checkStopped();
        LoadResult result = decided(what, connection -> commit(connection, load, rows));
        context.info("committed: " + result.rows() + " rows");
        return result;
    }

    private static void check(TableLoad load) {
        Destination.Table destination = load.destination();
        if ((destination.write() != Write.REPLACE && destination.write() != Write.APPEND) || load.window() != null) {
            throw refused("it replaces whole tables and appends, and does nothing else");
        }
        if (dataset(destination).toLowerCase(Locale.ROOT).equals("millrace")) {
            throw refused("the dataset of table " + destination.table() + " is its own");
        }
    }

    private static MillraceException refused(String why) {
        return new MillraceException(ErrorCode.WAREHOUSE_FAILED, "the trial warehouse can't do that: " + why);
    }

    /** What the load has committed before; nothing is known of it, or only the abort of an earlier generation. */
    private static Optional<LoadResult> committed(Connection connection, TableLoad load) throws SQLException {
        return switch (entry(connection, load.load())) {
            case Entry(LoadResult result, int _) when result != null -> Optional.of(result);
            case Entry(LoadResult _, int generation)
            when generation >= load.generation() ->
                throw new MillraceException(
                        ErrorCode.LOAD_ABORTED, "load " + load.load() + " was aborted before it could commit");
            case Entry _ -> Optional.empty();
            case null -> Optional.empty();
        };
    }

    /** @param result null: aborted */
    private record Entry(@Nullable LoadResult result, int generation) {}

    private static @Nullable Entry entry(Connection connection, String load) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT state, generation, \"rows\", table_rows FROM " + LEDGER + " WHERE \"load\" = ?")) {
            query.setString(1, load);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                LoadResult result =
                        row.getString(1).equals("COMMITTED") ? new LoadResult(row.getLong(3), 0, row.getLong(4)) : null;
                return new Entry(result, row.getInt(2));
            }
        }
    }

    /** H2 commits a statement that makes a table at once; an empty table that stays behind is nobody's loss. */
    private static LoadResult commit(Connection connection, TableLoad load, List<Object[]> rows) throws SQLException {
        Optional<LoadResult> earlier = committed(connection, load);
        if (earlier.isPresent()) {
            return earlier.get();
        }
        String table = name(dataset(load.destination())) + "."
                + name(load.destination()
                        .table()
                        .substring(load.destination().table().lastIndexOf('.') + 1));
        execute(connection, "CREATE SCHEMA IF NOT EXISTS " + name(dataset(load.destination())));
        execute(
                connection,
                load.schema().stream()
                        .map(column -> name(column.name()) + " " + type(column))
                        .collect(Collectors.joining(", ", "CREATE TABLE IF NOT EXISTS " + table + " (", ")")));
        if (load.refusesToEmpty(rows.size()) && count(connection, table) > 0) {
            throw new MillraceException(
                    ErrorCode.EMPTY_REPLACE,
                    "no rows came for " + load.destination().table()
                            + "; its rows stay (expected: rows, or empty: allow)");
        }
        connection.setAutoCommit(false);
        if (load.destination().write() == Write.REPLACE) {
            execute(connection, "DELETE FROM " + table);
        }
        insert(connection, load, table, rows);
        LoadResult result = new LoadResult(rows.size(), 0, count(connection, table));
        write(connection, load.load(), "COMMITTED", load.generation(), load, result);
        connection.commit();
        return result;
    }

    private static void insert(Connection connection, TableLoad load, String table, List<Object[]> rows)
            throws SQLException {
        String columns =
                load.schema().stream().map(column -> name(column.name())).collect(Collectors.joining(", "));
        String places = String.join(", ", Collections.nCopies(load.schema().size(), "?"));
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO " + table + " (" + columns + ") VALUES (" + places + ")")) {
            for (Object[] row : rows) {
                for (int i = 0; i < row.length; i++) {
                    insert.setObject(i + 1, row[i]);
                }
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static void write(
            Connection connection,
            String id,
            String state,
            int generation,
            @Nullable TableLoad load,
            @Nullable LoadResult result)
            throws SQLException {
        try (PreparedStatement merge = connection.prepareStatement("MERGE INTO " + LEDGER
                + " (\"load\", state, generation, run, table_name, \"rows\", table_rows) KEY (\"load\")"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)")) {
            merge.setString(1, id);
            merge.setString(2, state);
            merge.setInt(3, generation);
            merge.setString(4, load == null ? null : load.run());
            merge.setString(5, load == null ? null : load.destination().table());
            merge.setObject(6, result == null ? null : result.rows());
            merge.setObject(7, result == null ? null : result.tableRows());
            merge.executeUpdate();
        }
    }

    @Override
    public Abort.Answer abort(Abort abort) throws InterruptedException {
        return decided("the abort of load " + abort.load(), connection -> {
            Entry entry = entry(connection, abort.load());
            if (entry != null && entry.result() != null) {
                return new Abort.AlreadyCommitted(entry.result());
            }
            if (entry == null || entry.generation() < abort.generation()) {
                write(connection, abort.load(), "ABORTED", abort.generation(), null, null);
            }
            return new Abort.Closed();
        });
    }

    @Override
    public LoadPlan plan(TableLoad load, TaskContext context) {
        check(load);
        return new LoadPlan(
                load.rows(),
                List.of("would load " + load.rows() + " rows into "
                        + load.destination().table()));
    }

    @Override
    public LoadResult select(ModelLoad load, TaskContext context) {
        throw refused("it has no models");
    }

    @Override
    public LoadPlan plan(ModelLoad load, TaskContext context) {
        throw refused("it has no models");
    }

    @Override
    public CommittedLoads committed(CommittedLoads.Wanted wanted) {
        throw refused("nobody asks it for its loads");
    }

    @Override
    public Rollback.Done rollBack(Rollback rollback) {
        throw refused("it keeps nothing of what was before");
    }

    @Override
    public TableSchema schema(TableSchema.Wanted wanted) {
        throw refused("it tells no columns");
    }

    @Override
    public Cursors cursors(Cursors.Wanted wanted) {
        throw refused("it has no cursors");
    }

    @Override
    public void change(CursorChange change) {
        throw refused("it has no cursors");
    }

    @Override
    public Query.Result query(Query query) {
        if (!query.sql().strip().toUpperCase(Locale.ROOT).startsWith("SELECT")) {
            throw new MillraceException(ErrorCode.QUERY_REFUSED, "not a SELECT: " + query.sql());
        }
        return failing("the query", connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(query.sql())) {
                ResultSetMetaData columns = row.getMetaData();
                List<Query.Field> fields = new ArrayList<>();
                for (int i = 1; i <= columns.getColumnCount(); i++) {
                    fields.add(new Query.Field(
                            columns.getColumnLabel(i),
                            columns.getColumnType(i) == Types.BIGINT ? "INTEGER" : "STRING"));
                }
                List<List<@Nullable String>> rows = new ArrayList<>();
                while (rows.size() <= query.limit() && row.next()) {
                    List<@Nullable String> values = new ArrayList<>();
                    for (int i = 1; i <= fields.size(); i++) {
                        values.add(text(row.getObject(i)));
                    }
                    rows.add(values);
                }
                boolean truncated = rows.size() > query.limit();
                return new Query.Result(fields, truncated ? rows.subList(0, query.limit()) : rows, truncated);
            }
        });
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    private static String type(Column column) {
        return switch (column.type()) {
            case INTEGER -> "BIGINT";
            case STRING, JSON -> "VARCHAR";
            case NUMERIC,
                    BIGNUMERIC,
                    FLOAT,
                    BOOLEAN,
                    BYTES,
                    DATE,
                    TIME,
                    DATETIME,
                    TIMESTAMP,
                    INTERVAL,
                    GEOGRAPHY,
                    RECORD -> throw refused("it has no " + column.type() + ", such as " + column.name());
        };
    }

    private static String dataset(Destination.Table destination) {
        String[] names = destination.table().split("\\.", -1);
        return names[names.length - 2];
    }

    private static String name(String identifier) {
        return '"' + identifier + '"';
    }

    private static long count(Connection connection, String table) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(url, "sa", "");
    }

    @Override
    @PreDestroy
    public void close() throws SQLException {
        open.close();
    }
}
