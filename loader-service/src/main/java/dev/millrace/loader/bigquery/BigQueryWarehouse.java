package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.QueryJobConfiguration;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.gcp.GoogleCredentialsByName;
import dev.millrace.loader.Batch;
import dev.millrace.loader.Beginnings;
import dev.millrace.loader.Selection;
import dev.millrace.loader.Warehouse;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Query;
import dev.millrace.worker.TaskContext;
import io.micronaut.context.annotation.Requires;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The warehouse in BigQuery. A load is one load job into a stage table and one commit, which is a multi-statement
 * transaction; {@link Chain} sees to it that a load commits once. Any number of processes may use the same datasets.
 */
@Singleton
@Requires(property = "millrace.warehouse.type", value = "bigquery")
public final class BigQueryWarehouse implements Warehouse {
    /** Shorter than a gateway waits for an answer; it asks again. */
    private static final Duration ABORT_PATIENCE = Duration.ofSeconds(8);

    /** https://cloud.google.com/bigquery/quotas#standard_tables */
    private static final int DAILY_CHANGES = 1_500;

    private final BigQueryConfig config;
    private final GcpConfig gcp;
    private final GoogleCredentialsByName credentials;
    private final StagingStore staging;
    private final Places places;
    private final Beginnings beginnings;
    private final Place configured;
    private final Set<Place> withLedger = ConcurrentHashMap.newKeySet();

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
        this.config = config;
        this.gcp = gcp;
        this.credentials = credentials;
        this.staging = staging;
        this.configured = new Place(project, config.location(), config.dataset());
        this.places = new Places(configured, staging, json);
        this.beginnings = new Beginnings(staging);
    }

    /** BigQuery as one account sees it. */
    private record Account(BigQuery bigquery, Jobs jobs, Answers answers) {}

    /** A client of its own for each call from outside: the key file of the credentials may be another by now. */
    private Account account(@Nullable String name) {
        BigQueryOptions options =
                Client.of(configured.project(), config.location(), gcp.bigqueryHost(), credentials.credentials(name));
        BigQuery bigquery = options.getService();
        Jobs jobs = new Jobs(bigquery);
        return new Account(bigquery, jobs, new Answers(jobs, new Rows(options), config));
    }

    @Override
    public LoadResult load(Batch batch, TaskContext context) throws InterruptedException {
        Account account = account(batch.credentials());
        return once(account, batch.load(), batch.generation(), batch.destination(), context, (place, chain, next) -> {
            Table table = target(batch.destination(), place);
            prepare(account, table, batch.destination(), batch.schema(), batch.run(), place, context);
            Stage stage = stage(account, place, table, batch.load(), batch.generation(), batch.attempt());
            staging(stage, context, () -> stage.fill(batch, staging, context));
            context.info(String.format(Locale.ROOT, "staged %,d rows", batch.rows()));
            Statements statements = new Statements(
                    batch, batch.rows(), Statements.Staged.PARQUET, table, stage.table(), place.ledger());
            return commit(batch, statements, stage, chain, next);
        });
    }

    @Override
    public LoadResult select(Selection selection, TaskContext context) throws InterruptedException {
        Account account = account(selection.credentials());
        String load = selection.load();
        int generation = selection.generation();
        Destination.Table destination = selection.destination();
        return once(account, load, generation, destination, context, (place, chain, next) -> {
            Table table = target(destination, place);
            List<Column> schema = Fields.selected(
                    account.answers().selected(place, selection.sql()).schema().getFields());
            prepare(account, table, destination, schema, selection.run(), place, context);
            Stage stage = stage(account, place, table, load, generation, selection.attempt());
            AtomicLong rows = new AtomicLong();
            staging(stage, context, () -> rows.set(stage.fill(selection, Fields.of(schema), context)));
            context.info(String.format(Locale.ROOT, "selected %,d rows", rows.get()));
            Batch batch = selection.batch(schema);
            Statements statements =
                    new Statements(batch, rows.get(), Statements.Staged.VALUES, table, stage.table(), place.ledger());
            return commit(batch, statements, stage, chain, next);
        });
    }

    @Override
    public LoadPlan plan(Batch batch, TaskContext context) throws InterruptedException {
        return plan(batch.destination(), account(batch.credentials()), (account, table) -> {
            Stage.sources(batch, staging);
            return new Plan(account.bigquery(), account.answers(), config, configured, batch, table, batch.rows())
                    .make(null);
        });
    }

    @Override
    public LoadPlan plan(Selection selection, TaskContext context) throws InterruptedException {
        return plan(selection.destination(), account(selection.credentials()), (account, table) -> {
            Answers.Selected selected = account.answers().selected(configured, selection.sql());
            Batch batch = selection.batch(Fields.selected(selected.schema().getFields()));
            return new Plan(account.bigquery(), account.answers(), config, configured, batch, table, null)
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

    /** Stages and commits, from the given link of the chain on; true: as the first. */
    private interface Committing {
        boolean commit(Place place, Chain chain, int next) throws InterruptedException;
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
            Place place = places.of(load);
            Chain chain = new Chain(account.jobs(), place, load, config.jobTimeout());
            // a generation only counts once those before it are closed; usually the abort before a retry has done it
            boolean before = generation > 1
                    && close(account, place, chain, load, generation - 1).isPresent();
            boolean first = !before && find(chain, generation, place, committing);
            Answers.Done done = done(account, place, load);
            say(context, destination, done, first ? "" : " by an earlier attempt");
            return done.result();
        } catch (BigQueryException e) {
            throw Failures.of("the load into " + destination.table(), e);
        }
    }

    /** Whether the load has been committed now, and not before. */
    private static boolean find(Chain chain, int generation, Place place, Committing committing)
            throws InterruptedException {
        return switch (chain.find(generation)) {
            case Chain.End.Committed() -> false;
            case Chain.End.Closed(boolean _) -> throw chain.aborted();
            case Chain.End.Exhausted() -> throw chain.exhausted();
            case Chain.End.Open(int next) -> committing.commit(place, chain, next);
        };
    }

    private static Table target(Destination.Table destination, Place place) {
        Table table = Table.of(destination, place.project());
        if (table.dataset().equalsIgnoreCase(place.dataset())) {
            throw new MillraceException(
                    ErrorCode.WAREHOUSE_FAILED,
                    "the dataset " + table.dataset() + " of table " + destination.table()
                            + " is the warehouse's own (expected: another dataset)");
        }
        return table;
    }

    /** Makes what a transaction can't: ledger, table and columns. */
    private void prepare(
            Account account,
            Table table,
            Destination.Table destination,
            List<Column> schema,
            String run,
            Place place,
            TaskContext context)
            throws InterruptedException {
        Target target = new Target(account.bigquery(), config, place);
        if (!withLedger.contains(place)) {
            target.createLedger();
            withLedger.add(place);
        }
        switch (target.compare(table, destination, schema)) {
            case Target.Change.Create() -> target.create(table, destination, schema);
            case Target.Change.Alter(List<Column> _, List<String> statements) -> {
                for (String statement : statements) {
                    account.answers().run(place, statement, Labels.of("evolve", run, destination.table()));
                    context.info(statement);
                }
            }
        }
    }

    private Stage stage(Account account, Place place, Table table, String load, int generation, int attempt) {
        return new Stage(account.bigquery(), account.jobs(), config, place, table, load, generation, attempt);
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
    private boolean commit(Batch batch, Statements statements, Stage stage, Chain chain, int next)
            throws InterruptedException {
        String table = batch.destination().table();
        try {
            beginnings.begin(batch.load(), batch.generation());
        } catch (RuntimeException e) {
            stage.drop();
            throw e;
        }
        boolean first = chain.commit(
                batch.generation(), next, commit(statements, batch.run(), table), "the commit into " + table);
        stage.drop();
        return first;
    }

    private QueryJobConfiguration commit(Statements statements, String run, String table) {
        return QueryJobConfiguration.newBuilder(statements.commit())
                .setUseLegacySql(false)
                .setPriority(
                        switch (config.priority()) {
                            case INTERACTIVE -> QueryJobConfiguration.Priority.INTERACTIVE;
                            case BATCH -> QueryJobConfiguration.Priority.BATCH;
                        })
                .setMaximumBytesBilled(config.maximumBytesBilled())
                .setJobTimeoutMs(config.jobTimeout().toMillis())
                .setLabels(Labels.of(Chain.COMMIT, run, table))
                .build();
    }

    private void say(TaskContext context, Destination.Table destination, Answers.Done done, String how) {
        LoadResult result = done.result();
        context.info(String.format(
                Locale.ROOT,
                "committed%s: %,d rows, %,d of them superseded; %s has %,d rows",
                how,
                result.rows(),
                result.superseded(),
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
    private static Answers.Done done(Account account, Place place, String load) throws InterruptedException {
        return account.answers()
                .ledger(place, load)
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.WAREHOUSE_FAILED,
                        "load " + load + " has been committed, but the ledger " + place.ledger() + " doesn't know it"));
    }

    @Override
    public Abort.Answer abort(Abort abort) throws InterruptedException {
        String load = abort.load();
        int generation = abort.generation();
        if (beginnings.prevent(load, generation)) {
            return new Abort.Closed();
        }
        try {
            Account account = account(abort.credentials());
            Place place = places.of(load);
            Chain chain = new Chain(account.jobs(), place, load, ABORT_PATIENCE);
            LoadResult committed =
                    close(account, place, chain, load, generation).orElse(null);
            if (committed != null) {
                return new Abort.AlreadyCommitted(committed);
            }
            beginnings.closed(load, generation);
            return new Abort.Closed();
        } catch (BigQueryException e) {
            throw Failures.of("the abort of load " + abort.load(), e);
        }
    }

    /** Closes all generations up to the given one; empty when none of them has committed. */
    private static Optional<LoadResult> close(Account account, Place place, Chain chain, String load, int generation)
            throws InterruptedException {
        QueryJobConfiguration nothing = QueryJobConfiguration.newBuilder(Statements.close(load))
                .setUseLegacySql(false)
                .setLabels(Map.of(Labels.PURPOSE, Chain.CLOSE))
                .build();
        boolean tried = false;
        for (int closed = 1; closed <= generation; closed++) {
            switch (chain.close(closed, nothing)) {
                case Chain.End.Committed() -> {
                    return Optional.of(done(account, place, load).result());
                }
                case Chain.End.Closed(boolean any) -> tried |= any;
                case Chain.End.Exhausted() -> tried = true;
                case Chain.End.Open(int _) -> throw new IllegalStateException("a closed chain is open");
            }
        }
        // a job that failed after its transaction had committed would be the only other way
        return tried ? account.answers().ledger(place, load).map(Answers.Done::result) : Optional.empty();
    }

    @Override
    public Query.Result query(Query query) throws InterruptedException {
        return account(null).answers().query(configured, query);
    }
}
