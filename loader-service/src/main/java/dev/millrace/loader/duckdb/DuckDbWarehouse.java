package dev.millrace.loader.duckdb;

import dev.failsafe.RetryPolicy;
import dev.millrace.loader.AllRows;
import dev.millrace.loader.AnswerSize;
import dev.millrace.loader.KeyedChange;
import dev.millrace.loader.ModelLoad;
import dev.millrace.loader.QueryExport;
import dev.millrace.loader.RejectedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.loader.TableRestore;
import dev.millrace.loader.Warehouse;
import dev.millrace.loader.backup.TableBackup;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Retries;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Abort;
import dev.millrace.task.CommittedLoads;
import dev.millrace.task.CursorChange;
import dev.millrace.task.Cursors;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Query;
import dev.millrace.task.Rollback;
import dev.millrace.task.TableFacts;
import dev.millrace.task.TableRows;
import dev.millrace.task.TableSchema;
import dev.millrace.task.WriteCheck;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.worker.TaskContext;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Requires;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The warehouse in a DuckDB file. Opened when the service starts, so that a file in use is noticed at once. */
@Context
@Requires(property = "millrace.warehouse.type", value = DuckDbKind.TYPE, defaultValue = DuckDbKind.TYPE)
public final class DuckDbWarehouse implements Warehouse, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DuckDbWarehouse.class);

    /** Longer than any conflict lasts: the two sides of one are a commit and an abort. */
    private static final Duration CONFLICTS = Duration.ofSeconds(8);

    private static final int MAX_QUERY_ROWS = 100_000;

    private final Database database;
    private final StagingStore staging;
    private final DuckDbConfig config;
    private final QueryCheck check;
    private final ObjectMapper json;
    private final Map<String, ReentrantLock> tables = new ConcurrentHashMap<>();

    /** Of tables, by this process, which alone has the file. */
    private final AtomicLong changes = new AtomicLong();

    private final Map<String, Known> versions = new ConcurrentHashMap<>();

    /** A table's version while there are so many changes. */
    private record Known(long changed, String version) {}

    /** @throws MillraceException with {@code WAREHOUSE_FAILED} when the file can't be opened */
    public DuckDbWarehouse(DuckDbConfig config, StagingStore staging, ObjectMapper json) throws InterruptedException {
        this.database = Database.open(config);
        this.staging = staging;
        this.config = config;
        this.check = new QueryCheck(json);
        this.json = json;
    }

    @Override
    public Capabilities capabilities() {
        return new DuckDbKind().capabilities();
    }

    @Override
    public LoadResult load(TableLoad tableLoad, TaskContext context) throws InterruptedException {
        Table table = Table.of(tableLoad.destination());
        String what = "the load into " + tableLoad.destination().table();
        try (Session session = session()) {
            Optional<LoadResult> earlier =
                    session.run(() -> Commit.committed(session, tableLoad.load(), tableLoad.generation()));
            LoadResult result =
                    earlier.isPresent() ? earlier.get() : stageAndCommit(session, tableLoad, table, context);
            committed(tableLoad.destination(), result, earlier.isPresent(), context);
            if (tableLoad.cursor() != null) {
                context.info(tableLoad.cursor().words(false));
            }
            return result;
        } catch (SQLException e) {
            throw failed(what, e);
        }
    }

    private static void committed(
            Destination.Table destination, LoadResult result, boolean earlier, TaskContext context) {
        context.info(String.format(
                Locale.ROOT,
                "committed%s: %,d rows, %,d of them superseded%s; %s has %,d rows",
                earlier ? " by an earlier attempt" : "",
                result.rows(),
                result.superseded(),
                KeyedChange.words(result),
                destination.table(),
                result.tableRows()));
    }

    @Override
    public LoadResult select(ModelLoad modelLoad, TaskContext context) throws InterruptedException {
        Table table = Table.of(modelLoad.destination());
        String what = "the model of " + modelLoad.destination().table();
        try (Session session = session()) {
            Optional<LoadResult> earlier =
                    session.run(() -> Commit.committed(session, modelLoad.load(), modelLoad.generation()));
            LoadResult result =
                    earlier.isPresent() ? earlier.get() : stageAndCommit(session, modelLoad, table, context);
            committed(modelLoad.destination(), result, earlier.isPresent(), context);
            return result;
        } catch (SQLException e) {
            throw failed(what, e);
        }
    }

    @Override
    public LoadPlan plan(TableLoad tableLoad, TaskContext context) throws InterruptedException {
        Table table = Table.of(tableLoad.destination());
        try (Session session = session();
                Stage stage = new Stage(session, staging, tableLoad, database.scratch())) {
            stage.fill(context);
            context.checkStopped();
            return session.run(
                    new Commit(
                            session,
                            tableLoad,
                            tableLoad.rows(),
                            RejectedRows.Written.NOTHING,
                            table,
                            config.rollbacks())::plan);
        } catch (SQLException e) {
            throw failed(
                    "the dry run of the load into " + tableLoad.destination().table(), e);
        }
    }

    @Override
    public LoadPlan plan(ModelLoad modelLoad, TaskContext context) throws InterruptedException {
        Destination.Table destination = modelLoad.destination();
        Table table = Table.of(destination);
        try (Session session = session()) {
            List<Column> schema = new SelectedStage(session, check, modelLoad.sql()).bind();
            Table.Preparation preparation = session.run(
                    () -> session.reading(() -> table.preparation(session, destination.contract(), schema)));
            List<String> steps = new ArrayList<>(preparation.plan(destination));
            steps.add("would " + (destination.write() == Write.REPLACE ? "replace the rows of " : "append rows to ")
                    + destination.table()
                    + (destination.write() == Write.REPLACE ? " with" : ":")
                    + " what the model's query selects, which wasn't run");
            return new LoadPlan(0, steps);
        } catch (SQLException e) {
            throw failed("the dry run of the model of " + destination.table(), e);
        }
    }

    @Override
    public Part export(QueryExport export, TaskContext context) throws InterruptedException {
        try (Session session = session()) {
            return new SelectedFile(session, check, export.sql(), export.format())
                    .write(export, database.scratch(), context);
        } catch (SQLException e) {
            throw failed("the export to " + export.target(), e);
        }
    }

    @Override
    public void checkExport(String sql, ExportFormat format, @Nullable String credentials) throws InterruptedException {
        try (Session session = session()) {
            new SelectedFile(session, check, sql, format).bind();
        } catch (SQLException e) {
            throw failed("the check of an export", e);
        }
    }

    private LoadResult stageAndCommit(Session session, ModelLoad modelLoad, Table table, TaskContext context)
            throws SQLException, InterruptedException {
        List<Column> schema = new SelectedStage(session, check, modelLoad.sql()).fill();
        long rows = session.run(() -> session.number("SELECT count(*) FROM " + Stage.TABLE));
        context.progress(rows, 0);
        context.info(String.format(Locale.ROOT, "selected %,d rows", rows));
        Commit commit = new Commit(
                session, modelLoad.tableLoad(schema), rows, RejectedRows.Written.NOTHING, table, config.rollbacks());
        return commit(session, commit, table, context);
    }

    private LoadResult stageAndCommit(Session session, TableLoad tableLoad, Table table, TaskContext context)
            throws SQLException, InterruptedException {
        try (Stage stage = new Stage(session, staging, tableLoad, database.scratch())) {
            stage.fill(context);
            context.info(String.format(Locale.ROOT, "staged %,d rows", tableLoad.rows()));
            RejectedRows.Written rejected =
                    tableLoad.rejecting() == null ? RejectedRows.Written.NOTHING : stage.reject(json, context);
            Commit commit = new Commit(
                    session, tableLoad, tableLoad.rows() - rejected.rows(), rejected, table, config.rollbacks());
            try {
                return commit(session, commit, table, context);
            } catch (SQLException e) {
                stage.blame(e);
                throw e;
            }
        }
    }

    /** One at a time for each table: two replaces of an empty one would not notice each other. */
    private LoadResult commit(Session session, Commit commit, Table table, TaskContext context)
            throws SQLException, InterruptedException {
        ReentrantLock lock = lock(table);
        try {
            context.checkStopped();
            LoadResult result = repeat(session, commit::run);
            if (commit.leavesSpace()) {
                checkpoint(session);
            }
            return result;
        } finally {
            changes.incrementAndGet();
            lock.unlock();
        }
    }

    /** So that space of tables that were dropped is used again; or the next time, while others change something. */
    private void checkpoint(Session session) throws InterruptedException {
        try {
            boolean _ = session.run(() -> {
                session.execute("CHECKPOINT " + Database.CATALOG);
                return true;
            });
        } catch (SQLException e) {
            database.failed(e);
            LOG.debug("no checkpoint after a load", e);
        }
    }

    /** To be unlocked by the caller. */
    private ReentrantLock lock(Table table) throws InterruptedException {
        ReentrantLock lock = tables.computeIfAbsent(table.key(), key -> new ReentrantLock());
        lock.lockInterruptibly();
        return lock;
    }

    @Override
    public Rollback.Done rollBack(Rollback rollback) throws InterruptedException {
        Table table = Table.of(rollback.table());
        ReentrantLock lock = lock(table);
        try (Session session = session()) {
            return repeat(session, () -> Undo.run(session, rollback, table));
        } catch (SQLException e) {
            throw failed("the rollback of load " + rollback.load(), e);
        } finally {
            changes.incrementAndGet();
            lock.unlock();
        }
    }

    @Override
    public TableBackup.Contents backUp(TableBackup backup, TaskContext context) throws InterruptedException {
        Table table = Table.of(backup.table());
        try (Session session = session()) {
            return session.run(new Export(session, table, backup, database.scratch(), context)::run);
        } catch (SQLException e) {
            throw failed("the backup of " + backup.table(), e);
        }
    }

    @Override
    public LoadResult restore(TableRestore restore, TaskContext context) throws InterruptedException {
        Table table = Table.of(restore.destination());
        try (Session session = session()) {
            Optional<LoadResult> earlier =
                    session.run(() -> Commit.committed(session, restore.load(), restore.generation()));
            LoadResult result = earlier.isPresent() ? earlier.get() : restore(session, restore, table, context);
            committed(restore.destination(), result, earlier.isPresent(), context);
            return result;
        } catch (SQLException e) {
            throw failed("the restore of " + restore.destination().table(), e);
        }
    }

    private LoadResult restore(Session session, TableRestore restore, Table table, TaskContext context)
            throws SQLException, InterruptedException {
        Restoration restoration = new Restoration(session, restore, table);
        restoration.fill(database.scratch(), context);
        ReentrantLock lock = lock(table);
        try {
            context.checkStopped();
            return repeat(session, restoration::commit);
        } finally {
            changes.incrementAndGet();
            lock.unlock();
        }
    }

    @Override
    public Abort.Answer abort(Abort abort) throws InterruptedException {
        try (Session session = session()) {
            return repeat(session, () -> session.transaction(() -> Ledger.close(session, abort)));
        } catch (SQLException e) {
            throw failed("the abort of load " + abort.load(), e);
        }
    }

    @Override
    public CommittedLoads committed(CommittedLoads.Wanted wanted) throws InterruptedException {
        try (Session session = session()) {
            return session.run(() -> new CommittedLoads(Ledger.committed(session, wanted.loads())));
        } catch (SQLException e) {
            throw failed("asking for committed loads", e);
        }
    }

    @Override
    public Cursors cursors(Cursors.Wanted wanted) throws InterruptedException {
        try (Session session = session()) {
            return session.run(() -> new Cursors(Ledger.cursors(session, wanted.pipeline())));
        } catch (SQLException e) {
            throw failed("asking for the cursors of " + wanted.pipeline(), e);
        }
    }

    /** Under a name of its own, so that no load that is under way meets it. */
    @Override
    public String tryToWrite(WriteCheck.Wanted wanted) throws InterruptedException {
        String schema = Sql.name("millrace_trial_" + UUID.randomUUID());
        try (Session session = session()) {
            return session.run(() -> session.undone(() -> {
                session.execute("CREATE SCHEMA " + schema);
                session.execute("CREATE TABLE " + schema + ".trial AS SELECT 1 AS written");
                return "a table was made and taken back";
            }));
        } catch (SQLException e) {
            throw failed("trying whether tables may be changed", e);
        }
    }

    @Override
    public TableSchema schema(TableSchema.Wanted wanted) throws InterruptedException {
        Table table = Table.of(wanted.table());
        try (Session session = session()) {
            return session.run(() -> new TableSchema(table.columns(session)));
        } catch (SQLException e) {
            throw failed("asking for the columns of " + wanted.table(), e);
        }
    }

    @Override
    public void change(CursorChange change) throws InterruptedException {
        String id = "cursor-" + UUID.randomUUID();
        try (Session session = session()) {
            boolean _ = repeat(
                    session,
                    () -> session.transaction(() -> {
                        Ledger.change(session, id, change);
                        return true;
                    }));
        } catch (SQLException e) {
            throw failed("setting the cursor of " + change.pipeline() + "/" + change.endpoint(), e);
        }
    }

    /** The loser of a conflict reads the ledger again. */
    private static <T> T repeat(Session session, Session.Action<T> transaction)
            throws SQLException, InterruptedException {
        RetryPolicy<T> conflicts = RetryPolicy.<T>builder()
                .handleIf(failure -> failure instanceof SQLException e && Failures.isConflict(e))
                .withDelay(Duration.ofMillis(1), Duration.ofMillis(30))
                .withMaxAttempts(-1)
                .withMaxDuration(CONFLICTS)
                .build();
        return Retries.run(conflicts, SQLException.class, _ -> session.run(transaction));
    }

    @Override
    public Query.Result query(Query query) throws InterruptedException {
        if (query.limit() < 1 || query.limit() > MAX_QUERY_ROWS) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "limit: " + query.limit() + " (expected: 1 to " + MAX_QUERY_ROWS + ")");
        }
        try (Session session = session()) {
            return new Queries(session, check, config.queryTimeout())
                    .answer(query, new AnswerSize(config.queryBytes()));
        } catch (SQLException e) {
            throw failed("the query", e);
        }
    }

    @Override
    public List<String> tablesOf(Query query) throws InterruptedException {
        String sql = NamedParameters.of(query.sql(DuckDbKind.TYPE), query.parameters())
                .sql();
        try (Session session = session()) {
            return List.copyOf(session.run(() -> check.tables(session, sql)));
        } catch (SQLException e) {
            throw failed("the query", e);
        }
    }

    @Override
    public String versionOf(Query query) throws InterruptedException {
        try (Session session = session()) {
            return session.run(() -> Ledger.version(session));
        } catch (SQLException e) {
            throw failed("asking for the version of the data", e);
        }
    }

    @Override
    public TableFacts tables(TableFacts.Wanted wanted) throws InterruptedException {
        return reading("asking for tables", reads -> reads.facts(wanted));
    }

    @Override
    public TableRows rows(TableRows.Wanted wanted) throws InterruptedException {
        return reading("reading " + wanted.table(), reads -> reads.rows(wanted));
    }

    @Override
    public String versionOf(String table) throws InterruptedException {
        long changed = changes.get(); // before it is read: it may be newer than what it is kept for, never older
        Known known = versions.get(table);
        if (known == null || known.changed() != changed) {
            known = new Known(changed, reading("asking for the version of " + table, reads -> reads.version(table)));
            versions.put(table, known);
        }
        return known.version();
    }

    @Override
    @SuppressWarnings("resource") // which is the reader's
    public AllRows all(TableRows.Wanted wanted, ExportFormat format) throws InterruptedException {
        Session session = session();
        TableStream stream = new TableStream(
                session, database.scratch(), wanted, format, e -> failed("reading " + wanted.table(), e));
        boolean opened = false;
        try {
            AllRows rows = new AllRows(stream.open(new TableReads(session, json)), stream);
            opened = true;
            return rows;
        } finally {
            if (!opened) {
                closed(stream);
            }
        }
    }

    private static void closed(TableStream stream) {
        try {
            stream.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is read of tables. */
    private interface Reading<T> {
        T of(TableReads reads) throws SQLException;
    }

    private <T> T reading(String what, Reading<T> reading) throws InterruptedException {
        try (Session session = session()) {
            return session.run(
                    config.queryTimeout(), () -> session.reading(() -> reading.of(new TableReads(session, json))));
        } catch (TimeoutException e) {
            throw new MillraceException(
                    ErrorCode.QUERY_FAILED,
                    what + " took longer than " + config.queryTimeout().toSeconds() + " s",
                    e);
        } catch (SQLException e) {
            throw failed(what, e);
        }
    }

    private Session session() throws InterruptedException {
        try {
            return database.session();
        } catch (SQLException e) {
            throw failed("a connection", e);
        }
    }

    private MillraceException failed(String what, SQLException e) {
        database.failed(e);
        return new MillraceException(
                ErrorCode.WAREHOUSE_FAILED, what + " failed in the warehouse: " + Failures.sentence(e), e);
    }

    @Override
    @PreDestroy
    public void close() {
        database.close();
    }
}
