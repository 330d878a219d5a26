package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.FieldList;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.TableId;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.gcp.GoogleCredentialsByName;
import dev.millrace.loader.AllRows;
import dev.millrace.loader.KeyedChange;
import dev.millrace.loader.ModelLoad;
import dev.millrace.loader.QueryExport;
import dev.millrace.loader.RejectedRows;
import dev.millrace.loader.RowFile;
import dev.millrace.loader.TableLoad;
import dev.millrace.loader.TableRestore;
import dev.millrace.loader.Warehouse;
import dev.millrace.loader.backup.TableBackup;
import dev.millrace.loader.commit.CommitMarkers;
import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
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
import io.micronaut.context.annotation.Requires;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The warehouse in BigQuery. A load is one load job into a stage table and one commit, which is a multi-statement
 * transaction; {@link CommitJobs} sees to it that a load commits once. Any number of processes may use the same datasets.
 */
@Singleton
@Requires(property = "millrace.warehouse.type", value = BigQueryKind.TYPE)
public final class BigQueryWarehouse implements Warehouse {
    /** Shorter than a gateway waits for an answer; it asks again. */
    private static final Duration ABORT_PATIENCE = Duration.ofSeconds(8);

    /** https://cloud.google.com/bigquery/quotas#standard_tables */
    private static final int DAILY_CHANGES = 1_500;

    /** Rows of an export that are in memory. */
    private static final int EXPORTED_AT_ONCE = 5_000;

    private final BigQueryConfig config;
    private final GcpConfig gcp;
    private final GoogleCredentialsByName credentials;
    private final StagingStore staging;
    private final JobLocations locations;
    private final CommitMarkers markers;
    private final JobLocation configured;
    private final ObjectMapper json;
    private final Set<JobLocation> withLedger = ConcurrentHashMap.newKeySet();

    BigQueryWarehouse(
            BigQueryConfig config,
            GcpConfig gcp,
            GoogleCredentialsByName credentials,
            StagingStore staging,
            ObjectMapper json) {
        String project = config.project() == null ? gcp.project() : config.project();
        if (project == null) {
            throw new MillraceException(
                    ErrorCode.WAREHOUSE_FAILED,
                    "BigQuery has no project (expected: millrace.warehouse.bigquery.project or millrace.gcp.project)");
        }
        this.json = json;
        this.config = config;
        this.gcp = gcp;
        this.credentials = credentials;
        this.staging = staging;
        this.configured = new JobLocation(project, config.location(), config.dataset());
        this.locations = new JobLocations(configured, staging, json);
        this.markers = new CommitMarkers(staging);
    }

    /** BigQuery as one account sees it. */
    private record Account(BigQuery bigquery, Jobs jobs, QueryJobs queries) {}

    /** A client of its own for each call from outside: the key file of the credentials may be another by now. */
    private Account account(@Nullable String name) {
        BigQueryOptions options =
                Client.of(configured.project(), config.location(), gcp.bigqueryHost(), credentials.credentials(name));
        BigQuery bigquery = options.getService();
        Jobs jobs = new Jobs(bigquery);
        return new Account(bigquery, jobs, new QueryJobs(jobs, new Rows(options), config));
    }

    @Override
    public Capabilities capabilities() {
        return BigQueryKind.capabilities(configured.project());
    }

    @Override
    public LoadResult load(TableLoad tableLoad, TaskContext context) throws InterruptedException {
        Account account = account(tableLoad.credentials());
        LoadResult result = once(
                account,
                tableLoad.load(),
                tableLoad.generation(),
                tableLoad.destination(),
                context,
                (location, commits, next) -> {
                    Table table = target(tableLoad.destination(), location);
                    List<Column> prepared = prepare(
                            account,
                            table,
                            tableLoad.destination(),
                            tableLoad.tableSchema(),
                            tableLoad.run(),
                            location,
                            context);
                    TableLoad ordered = tableLoad.with(
                            prepared.subList(0, tableLoad.schema().size()));
                    Stage stage = stage(
                            account, location, table, tableLoad.load(), tableLoad.generation(), tableLoad.attempt());
                    staging(stage, context, () -> stage.fill(ordered, staging, context));
                    context.info(String.format(Locale.ROOT, "staged %,d rows", tableLoad.rows()));
                    Statements statements = new Statements(
                            ordered,
                            tableLoad.rows(),
                            Statements.Staged.PARQUET,
                            table,
                            stage.table(),
                            location.ledger());
                    if (tableLoad.rejecting() == null) {
                        return commit(tableLoad, statements.commit(), stage, commits, next);
                    }
                    Stage orphans = new Stage(
                            account.bigquery(),
                            account.jobs(),
                            config,
                            location,
                            table,
                            "millrace_orphans_" + tableLoad.load() + "_" + tableLoad.generation() + "_"
                                    + tableLoad.attempt());
                    AtomicReference<RejectedRows.Written> rejected = new AtomicReference<>();
                    staging(
                            stage,
                            context,
                            () -> rejected.set(reject(account, location, ordered, statements, orphans, context)));
                    Statements others = statements.without(Objects.requireNonNull(rejected.get()), orphans.table());
                    boolean first = commit(tableLoad, others.commit(), stage, commits, next);
                    orphans.drop();
                    return first;
                });
        if (tableLoad.cursor() != null) {
            context.info(tableLoad.cursor().words(false));
        }
        return result;
    }

    /** Finds the staged rows that a foreign key rejects, which the commit then leaves out. */
    private RejectedRows.Written reject(
            Account account,
            JobLocation location,
            TableLoad tableLoad,
            Statements statements,
            Stage orphans,
            TaskContext context)
            throws InterruptedException {
        orphans.fill(tableLoad, statements.orphans(), context);
        long count = account.queries().number(location, Statements.orphanCount(orphans.table()));
        if (count == 0) {
            return RejectedRows.Written.NOTHING;
        }
        JobId found = account.queries().select(location, Statements.orphans(orphans.table()), Map.of());
        try (RejectedRows rejected = new RejectedRows(staging, json, tableLoad, count)) {
            Rows.Answer page;
            long next = 0;
            do {
                context.checkStopped();
                page = account.queries().page(found, next, EXPORTED_AT_ONCE);
                List<RejectedRows.Unmet> some = QueryJobs.answer(page).rows().stream()
                        .map(row -> new RejectedRows.Unmet(
                                Long.parseLong(Objects.requireNonNull(row.get(0))),
                                Integer.parseInt(Objects.requireNonNull(row.get(1))),
                                Objects.requireNonNull(row.get(2))))
                        .toList();
                rejected.add(some);
                next += some.size();
            } while (page.truncated());
            RejectedRows.Written written = rejected.finish();
            context.info(String.format(Locale.ROOT, "rejected %,d rows by foreign keys", written.rows()));
            return written;
        }
    }

    @Override
    public LoadResult select(ModelLoad modelLoad, TaskContext context) throws InterruptedException {
        Account account = account(modelLoad.credentials());
        String load = modelLoad.load();
        int generation = modelLoad.generation();
        Destination.Table destination = modelLoad.destination();
        return once(account, load, generation, destination, context, (location, commits, next) -> {
            Table table = target(destination, location);
            List<Column> schema = Fields.selected(account.queries()
                    .selected(location, modelLoad.sql())
                    .schema()
                    .getFields());
            prepare(account, table, destination, schema, modelLoad.run(), location, context);
            Stage stage = stage(account, location, table, load, generation, modelLoad.attempt());
            AtomicLong rows = new AtomicLong();
            staging(stage, context, () -> rows.set(stage.fill(modelLoad, Fields.of(schema), context)));
            context.info(String.format(Locale.ROOT, "selected %,d rows", rows.get()));
            TableLoad tableLoad = modelLoad.tableLoad(schema);
            Statements statements = new Statements(
                    tableLoad, rows.get(), Statements.Staged.VALUES, table, stage.table(), location.ledger());
            return commit(tableLoad, statements.commit(), stage, commits, next);
        });
    }

    @Override
    public Part export(QueryExport export, TaskContext context) throws InterruptedException {
        Account account = account(export.credentials());
        try {
            return switch (export.format()) {
                case NDJSON, JSON, CSV -> lines(account, export, context);
                case PARQUET -> extracted(account, export, BackupFormat.PARQUET, context);
                case AVRO -> extracted(account, export, BackupFormat.AVRO, context);
            };
        } catch (BigQueryException e) {
            throw Failures.of("the export to " + export.target(), e);
        }
    }

    private Part extracted(Account account, QueryExport export, BackupFormat format, TaskContext context)
            throws InterruptedException {
        FieldList selected = checkExport(account, export.sql());
        prepareLedger(account, new Target(account.bigquery(), config, configured), configured);
        return new ExtractedFile(account.bigquery(), account.jobs(), config, configured, export)
                .write(Map.of(), selected, format, context);
    }

    /** The query's result, which BigQuery keeps for a day, is read page by page. */
    private Part lines(Account account, QueryExport export, TaskContext context) throws InterruptedException {
        FieldList _ = checkExport(account, export.sql());
        JobId query = account.queries().select(configured, export, context);
        try (Upload upload = export.store().upload(export.file())) {
            RowFile file = null;
            Rows.Answer page;
            long next = 0;
            do {
                context.checkStopped();
                page = account.queries().page(query, next, EXPORTED_AT_ONCE);
                Query.Result rows = QueryJobs.answer(page);
                if (file == null) {
                    file = new RowFile(export.format(), rows.columns(), upload);
                }
                for (List<@Nullable String> row : rows.rows()) {
                    file.add(row);
                }
                next += rows.rows().size();
                context.progress(next, upload.bytes());
            } while (page.truncated());
            context.info(String.format(Locale.ROOT, "selected %,d rows", next));
            return Objects.requireNonNull(file).commit();
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.STAGING_UNAVAILABLE, "can't write the file of " + export.target() + ": " + e, e);
        }
    }

    @Override
    public void checkExport(String sql, ExportFormat format, @Nullable String name) {
        FieldList selected = checkExport(account(name), sql);
        if (format == ExportFormat.PARQUET || format == ExportFormat.AVRO) {
            List<Column> _ = Fields.selected(selected);
        }
    }

    /** What the query selects. */
    private FieldList checkExport(Account account, String sql) {
        FieldList fields = account.queries().selected(configured, sql).schema().getFields();
        Set<String> names = new HashSet<>();
        fields.forEach(field -> {
            if (!names.add(field.getName())) {
                throw new MillraceException(
                        ErrorCode.QUERY_FAILED,
                        "column '" + field.getName()
                                + "' of the export is there twice (expected: a name of its own: give"
                                + " one of them another one with AS)");
            }
        });
        return fields;
    }

    @Override
    public LoadPlan plan(TableLoad tableLoad, TaskContext context) throws InterruptedException {
        return plan(tableLoad.destination(), account(tableLoad.credentials()), (account, table) -> {
            Stage.sources(tableLoad, staging);
            return new Plan(
                            account.bigquery(),
                            account.queries(),
                            config,
                            configured,
                            tableLoad,
                            table,
                            tableLoad.rows())
                    .make(null);
        });
    }

    @Override
    public LoadPlan plan(ModelLoad modelLoad, TaskContext context) throws InterruptedException {
        return plan(modelLoad.destination(), account(modelLoad.credentials()), (account, table) -> {
            QueryJobs.Selected selected = account.queries().selected(configured, modelLoad.sql());
            TableLoad tableLoad =
                    modelLoad.tableLoad(Fields.selected(selected.schema().getFields()));
            return new Plan(account.bigquery(), account.queries(), config, configured, tableLoad, table, null)
                    .make(selected.bytes());
        });
    }

    private interface Planning {
        LoadPlan plan(Account account, Table table) throws InterruptedException;
    }

    private LoadPlan plan(Destination.Table destination, Account account, Planning planning)
            throws InterruptedException {
        try {
            return planning.plan(account, target(destination, configured));
        } catch (BigQueryException e) {
            throw Failures.of("the load into " + destination.table(), e);
        }
    }

    /** Stages and commits, from the given job of the generation on; true: as the first. */
    private interface Committing {
        boolean commit(JobLocation location, CommitJobs commits, int next) throws InterruptedException;
    }

    private interface Filling {
        void fill() throws InterruptedException;
    }

    /** Finds what the load did earlier, or has it done now. */
    private LoadResult once(
            Account account,
            String load,
            int generation,
            Destination.Table destination,
            TaskContext context,
            Committing committing)
            throws InterruptedException {
        try {
            JobLocation location = locations.of(load);
            CommitJobs commits = new CommitJobs(account.jobs(), location, load, config.jobTimeout());
            // a generation only counts once those before it are closed; usually the abort before a retry has done it
            boolean before = generation > 1
                    && close(account, location, commits, load, generation - 1).isPresent();
            boolean first = !before && find(commits, generation, location, committing);
            QueryJobs.Done done = done(account, location, load);
            say(context, destination, done, first ? "" : " by an earlier attempt");
            return done.result();
        } catch (BigQueryException e) {
            throw Failures.of("the load into " + destination.table(), e);
        }
    }

    /** Whether the load has been committed now, and not before. */
    private static boolean find(CommitJobs commits, int generation, JobLocation location, Committing committing)
            throws InterruptedException {
        return switch (commits.find(generation)) {
            case CommitJobs.State.Committed() -> false;
            case CommitJobs.State.Closed(boolean _) -> throw commits.aborted();
            case CommitJobs.State.Exhausted() -> throw commits.exhausted();
            case CommitJobs.State.Open(int next) -> committing.commit(location, commits, next);
        };
    }

    private static Table target(Destination.Table destination, JobLocation location) {
        Table table = Table.of(destination, location.project());
        if (table.dataset().equalsIgnoreCase(location.dataset())) {
            throw new MillraceException(
                    ErrorCode.WAREHOUSE_FAILED,
                    "the dataset " + table.dataset() + " of table " + destination.table()
                            + " is the warehouse's own (expected: another dataset)");
        }
        return table;
    }

    /**
     * Makes what a transaction can't: ledger, table and columns.
     *
     * @return the schema, the fields of its records in the table's order
     */
    private List<Column> prepare(
            Account account,
            Table table,
            Destination.Table destination,
            List<Column> schema,
            String run,
            JobLocation location,
            TaskContext context)
            throws InterruptedException {
        Target target = new Target(account.bigquery(), config, location);
        prepareLedger(account, target, location);
        return switch (target.compare(table, destination, schema)) {
            case Target.Change.Create() -> {
                target.create(table, destination, schema);
                yield schema;
            }
            case Target.Change.Alter(
                    List<Column> _,
                    List<String> statements,
                    List<String> nested,
                    List<Column> ordered) -> {
                for (String statement : statements) {
                    account.queries().run(location, statement, Labels.of("evolve", run, destination.table()));
                    context.info(statement);
                }
                if (!nested.isEmpty()) {
                    target.addNested(table, schema);
                    context.info("added the fields " + String.join(", ", nested) + " to " + destination.table());
                }
                yield ordered;
            }
        };
    }

    private void prepareLedger(Account account, Target target, JobLocation location) throws InterruptedException {
        if (!withLedger.contains(location)) {
            for (String statement : target.createLedger()) {
                account.queries().run(location, statement, Map.of(Labels.PURPOSE, "evolve"));
            }
            withLedger.add(location);
        }
    }

    private Stage stage(Account account, JobLocation location, Table table, String load, int generation, int attempt) {
        return new Stage(account.bigquery(), account.jobs(), config, location, table, load, generation, attempt);
    }

    private static void staging(Stage stage, TaskContext context, Filling filling) throws InterruptedException {
        try {
            filling.fill();
            context.checkStopped();
        } catch (RuntimeException | InterruptedException e) {
            stage.drop();
            throw e;
        }
    }

    /** The stage stays until it is known how the commit has ended. */
    private boolean commit(TableLoad tableLoad, String statements, Stage stage, CommitJobs commits, int next)
            throws InterruptedException {
        String table = tableLoad.destination().table();
        try {
            markers.begin(tableLoad.load(), tableLoad.generation());
        } catch (RuntimeException e) {
            stage.drop();
            throw e;
        }
        boolean first = commits.commit(
                tableLoad.generation(), next, commit(statements, tableLoad.run(), table), "the commit into " + table);
        stage.drop();
        return first;
    }

    private QueryJobConfiguration commit(String statements, String run, String table) {
        return QueryJobConfiguration.newBuilder(statements)
                .setUseLegacySql(false)
                .setPriority(
                        switch (config.priority()) {
                            case INTERACTIVE -> QueryJobConfiguration.Priority.INTERACTIVE;
                            case BATCH -> QueryJobConfiguration.Priority.BATCH;
                        })
                .setMaximumBytesBilled(config.maximumBytesBilled())
                .setJobTimeoutMs(config.jobTimeout().toMillis())
                .setLabels(Labels.of(CommitJobs.COMMIT, run, table))
                .build();
    }

    private void say(TaskContext context, Destination.Table destination, QueryJobs.Done done, String how) {
        LoadResult result = done.result();
        context.info(String.format(
                Locale.ROOT,
                "committed%s: %,d rows, %,d of them superseded%s; %s has %,d rows",
                how,
                result.rows(),
                result.superseded(),
                KeyedChange.words(result),
                destination.table(),
                result.tableRows()));
        if (done.today() >= config.dailyLoads()) {
            context.warn(String.format(
                    Locale.ROOT,
                    "%s was loaded %,d times today; BigQuery allows about %,d changes of a table in a day",
                    destination.table(),
                    done.today(),
                    DAILY_CHANGES));
        }
    }

    /** Of a load that has been committed. */
    private static QueryJobs.Done done(Account account, JobLocation location, String load) throws InterruptedException {
        return account.queries()
                .ledger(location, load)
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.WAREHOUSE_FAILED,
                        "load " + load + " has been committed, but the ledger " + location.ledger()
                                + " doesn't know it"));
    }

    @Override
    public Abort.Answer abort(Abort abort) throws InterruptedException {
        String load = abort.load();
        int generation = abort.generation();
        if (markers.prevent(load, generation)) {
            return new Abort.Closed();
        }
        try {
            Account account = account(abort.credentials());
            JobLocation location = locations.of(load);
            CommitJobs commits = new CommitJobs(account.jobs(), location, load, ABORT_PATIENCE);
            LoadResult committed =
                    close(account, location, commits, load, generation).orElse(null);
            if (committed != null) {
                return new Abort.AlreadyCommitted(committed);
            }
            markers.closed(load, generation);
            return new Abort.Closed();
        } catch (BigQueryException e) {
            throw Failures.of("the abort of load " + abort.load(), e);
        }
    }

    /** Closes all generations up to the given one; empty when none of them has committed. */
    private static Optional<LoadResult> close(
            Account account, JobLocation location, CommitJobs commits, String load, int generation)
            throws InterruptedException {
        QueryJobConfiguration nothing = QueryJobConfiguration.newBuilder(Statements.close(load))
                .setUseLegacySql(false)
                .setLabels(Map.of(Labels.PURPOSE, CommitJobs.CLOSE))
                .build();
        boolean tried = false;
        for (int closed = 1; closed <= generation; closed++) {
            switch (commits.close(closed, nothing)) {
                case CommitJobs.State.Committed() -> {
                    return Optional.of(done(account, location, load).result());
                }
                case CommitJobs.State.Closed(boolean any) -> tried |= any;
                case CommitJobs.State.Exhausted() -> tried = true;
                case CommitJobs.State.Open(int _) -> throw new IllegalStateException("a closed generation is open");
            }
        }
        // a job that failed after its transaction had committed would be the only other way
        return tried ? account.queries().ledger(location, load).map(QueryJobs.Done::result) : Optional.empty();
    }

    /**
     * A transaction copies the rows, with texts for what files can't carry, and reads the ledger, so that loads and cursors
     * are those that the rows go with; an export writes the files.
     */
    @Override
    public TableBackup.Contents backUp(TableBackup backup, TaskContext context) throws InterruptedException {
        if (!"gs".equals(backup.store().uri(backup.fileName(0)).getScheme())) {
            throw new MillraceException(
                    ErrorCode.BACKUP_REFUSED,
                    "BigQuery writes backups to Cloud Storage only (expected: the loader's property"
                            + " millrace.backup.bucket)");
        }
        try {
            Account account = ledger(backup.credentials());
            Table table = Table.of(backup.table(), configured.project());
            List<Column> columns = columns(account, table);
            if (columns.isEmpty()) {
                throw new MillraceException(
                        ErrorCode.BACKUP_REFUSED,
                        "there is no table " + backup.table() + " yet that could be backed up");
            }
            Stage stage = new Stage(
                    account.bigquery(),
                    account.jobs(),
                    config,
                    configured,
                    table,
                    "millrace_backup_" + backup.id() + "_" + backup.attempt());
            try {
                String sql = Statements.copy(columns, table, stage.table(), configured.ledger());
                Stage.Copied copied = stage.copy(sql, columns, backup, context);
                context.total(copied.rows());
                QueryJobs.Standing standing = account.queries().standing(copied.job());
                stage.extract(backup, context);
                return new TableBackup.Contents(
                        copied.at(),
                        copied.rows(),
                        columns,
                        backup.store().list(backup.prefix()).stream()
                                .map(backup.store()::describe)
                                .toList(),
                        standing.lastLoad(),
                        standing.cursors());
            } finally {
                stage.drop();
            }
        } catch (BigQueryException e) {
            throw Failures.of("the backup of " + backup.table(), e);
        }
    }

    private static List<Column> columns(Account account, Table table) {
        com.google.cloud.bigquery.Table present = account.bigquery().getTable(table.id());
        Schema schema = present == null ? null : present.getDefinition().getSchema();
        return schema == null ? List.of() : Fields.present(schema.getFields());
    }

    private static long rows(Account account, Table table) {
        com.google.cloud.bigquery.Table present = account.bigquery().getTable(table.id());
        return present == null || present.getNumRows() == null
                ? 0
                : present.getNumRows().longValueExact();
    }

    @Override
    public LoadResult restore(TableRestore restore, TaskContext context) throws InterruptedException {
        Account account = account(restore.credentials());
        Destination.Table destination = restore.destination();
        return once(account, restore.load(), restore.generation(), destination, context, (location, commits, next) -> {
            Table table = target(destination, location);
            Target target = new Target(account.bigquery(), config, location);
            prepareLedger(account, target, location);
            List<Column> present = columns(account, table);
            restore.check(present, restore.fresh() ? rows(account, table) : 0);
            Stage stage = stage(account, location, table, restore.load(), restore.generation(), restore.attempt());
            staging(stage, context, () -> stage.fill(restore, context));
            if (present.isEmpty()) {
                target.create(table, destination, restore.backup().columns());
            }
            String sql = Statements.restore(
                    restore,
                    present.isEmpty() ? restore.backup().columns() : present,
                    table,
                    stage.table(),
                    location.ledger());
            return commit(restore.tableLoad(), sql, stage, commits, next);
        });
    }

    @Override
    public Rollback.Done rollBack(Rollback rollback) throws InterruptedException {
        try {
            Account account = ledger(rollback.credentials());
            return new Undo(account.bigquery(), account.jobs(), account.queries(), config, configured).run(rollback);
        } catch (BigQueryException e) {
            throw Failures.of("the rollback of run " + rollback.load(), e);
        }
    }

    @Override
    public CommittedLoads committed(CommittedLoads.Wanted wanted) throws InterruptedException {
        try {
            return ledger(wanted.credentials()).queries().committed(configured, wanted.loads());
        } catch (BigQueryException e) {
            throw Failures.of("asking for committed loads", e);
        }
    }

    @Override
    public Cursors cursors(Cursors.Wanted wanted) throws InterruptedException {
        try {
            return ledger(wanted.credentials()).queries().cursors(configured, wanted.pipeline());
        } catch (BigQueryException e) {
            throw Failures.of("reading the cursors of " + wanted.pipeline(), e);
        }
    }

    /** By dry runs, which BigQuery refuses to who may not do it; of a table that isn't there the dataset is asked. */
    @Override
    public String tryToWrite(WriteCheck.Wanted wanted) throws InterruptedException {
        Account account = account(wanted.credentials());
        int changed = 0;
        int created = 0;
        List<String> lacking = new ArrayList<>();
        for (Destination.Table destination : wanted.tables()) {
            Table table = target(destination, configured);
            try {
                if (account.bigquery().getTable(table.id()) != null) {
                    long _ = account.queries().bytes(configured, "DELETE FROM " + table.sql() + " WHERE FALSE");
                    changed++;
                } else if (account.bigquery().getDataset(table.project() + "." + table.dataset()) == null) {
                    lacking.add(table.project() + "." + table.dataset());
                } else {
                    long _ = account.queries().bytes(configured, "CREATE TABLE " + table.sql() + " (id INT64)");
                    created++;
                }
            } catch (BigQueryException e) {
                throw Failures.of("trying whether " + destination.table() + " may be changed", e);
            }
        }
        return changed + " tables may be changed, " + created + " made, as dry runs say"
                + (lacking.isEmpty() ? "" : "; the first load has to make the dataset " + String.join(", ", lacking));
    }

    @Override
    public TableSchema schema(TableSchema.Wanted wanted) throws InterruptedException {
        try {
            return new TableSchema(
                    columns(account(wanted.credentials()), Table.of(wanted.table(), configured.project())));
        } catch (BigQueryException e) {
            throw Failures.of("asking for the columns of " + wanted.table(), e);
        }
    }

    @Override
    public void change(CursorChange change) throws InterruptedException {
        try {
            ledger(change.credentials())
                    .queries()
                    .run(
                            configured,
                            Statements.change(configured.ledger(), "cursor-" + UUID.randomUUID(), change),
                            Map.of(Labels.PURPOSE, "cursor"));
        } catch (BigQueryException e) {
            throw Failures.of("setting the cursor of " + change.pipeline() + "/" + change.endpoint(), e);
        }
    }

    /** An account for a ledger that is there, with all of its columns. */
    private Account ledger(@Nullable String credentials) throws InterruptedException {
        Account account = account(credentials);
        prepareLedger(account, new Target(account.bigquery(), config, configured), configured);
        return account;
    }

    @Override
    public Query.Result query(Query query) throws InterruptedException {
        return account(null).queries().query(configured, query);
    }

    @Override
    public List<String> tablesOf(Query query) {
        return account(null).queries().tables(configured, query).stream()
                .map(table -> configured.project().equals(table.getProject())
                        ? table.getDataset() + "." + table.getTable()
                        : table.getProject() + "." + table.getDataset() + "." + table.getTable())
                .distinct()
                .toList();
    }

    /** When each of the tables was last changed. */
    @Override
    public String versionOf(Query query) {
        Account account = account(null);
        List<String> versions = new ArrayList<>();
        try {
            for (TableId id : account.queries().tables(configured, query)) {
                com.google.cloud.bigquery.Table table = account.bigquery().getTable(id);
                versions.add(id.getDataset() + "." + id.getTable() + " "
                        + (table == null ? null : table.getLastModifiedTime()));
            }
        } catch (BigQueryException e) {
            throw Failures.of("asking for the version of the data", e);
        }
        return String.join(", ", versions);
    }

    @Override
    public TableFacts tables(TableFacts.Wanted wanted) throws InterruptedException {
        return reads().facts(wanted);
    }

    @Override
    public TableRows rows(TableRows.Wanted wanted) throws InterruptedException {
        return reads().rows(wanted);
    }

    @Override
    public String versionOf(String table) throws InterruptedException {
        return reads().version(table);
    }

    @Override
    public AllRows all(TableRows.Wanted wanted, ExportFormat format) throws InterruptedException {
        return format == ExportFormat.PARQUET ? parquet(wanted) : reads().all(wanted, format);
    }

    /** In a file in staging, which BigQuery writes; the gateway deletes it when it is a day old. */
    private AllRows parquet(TableRows.Wanted wanted) throws InterruptedException {
        Account account = account(null);
        try {
            TableReads.Selection selection = reads().selection(wanted);
            prepareLedger(account, new Target(account.bigquery(), config, configured), configured);
            QueryExport export = new QueryExport(
                    "rows",
                    wanted.table(),
                    selection.sql(),
                    ExportFormat.PARQUET,
                    staging,
                    TableRows.file(Instant.now(), ExportFormat.PARQUET.extension()),
                    null);
            Part part = new ExtractedFile(account.bigquery(), account.jobs(), config, configured, export)
                    .write(
                            selection.parameters(),
                            selection.fields(),
                            BackupFormat.PARQUET,
                            new TaskContext(Clock.systemUTC()));
            return new AllRows(selection.version(), staging.open(part));
        } catch (BigQueryException e) {
            throw Failures.of("reading " + wanted.table(), e);
        }
    }

    private TableReads reads() {
        Account account = account(null);
        return new TableReads(account.bigquery(), account.queries(), configured, json);
    }
}
