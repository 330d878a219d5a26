package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.QueryJobConfiguration;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.gcp.GoogleCredentialsByName;
import dev.millrace.loader.Batch;
import dev.millrace.loader.Warehouse;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Query;
import dev.millrace.worker.TaskContext;
import io.micronaut.context.annotation.Requires;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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
    private final StagingStore staging;
    private final BigQuery bigquery;
    private final Jobs jobs;
    private final Answers answers;
    private final Places places;
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
        this.staging = staging;
        this.bigquery = Client.of(project, config.location(), gcp.bigqueryHost(), credentials.credentials(null));
        this.jobs = new Jobs(bigquery);
        this.configured = new Place(project, config.location(), config.dataset());
        this.answers = new Answers(jobs, config);
        this.places = new Places(configured, staging, json);
    }

    @Override
    public LoadResult load(Batch batch, TaskContext context) throws InterruptedException {
        String what = "the load into " + batch.destination().table();
        try {
            Place place = places.of(batch.load());
            Chain chain = new Chain(jobs, place, batch.load(), config.jobTimeout());
            Optional<LoadResult> before = earlier(batch, place, chain);
            if (before.isPresent()) {
                say(context, batch, before.get(), " by an earlier attempt");
                return before.get();
            }
            return switch (chain.find(batch.generation())) {
                case Chain.End.Committed() -> {
                    Answers.Done done = done(place, batch.load());
                    say(context, batch, done.result(), " by an earlier attempt");
                    yield done.result();
                }
                case Chain.End.Closed(boolean _) -> throw chain.aborted();
                case Chain.End.Exhausted() -> throw chain.exhausted();
                case Chain.End.Open(int next) -> stageAndCommit(batch, place, chain, next, context);
            };
        } catch (BigQueryException e) {
            throw Failures.of(what, e);
        }
    }

    /** A generation only counts once those before it are closed; usually the abort before the retry has done it. */
    private Optional<LoadResult> earlier(Batch batch, Place place, Chain chain) throws InterruptedException {
        return batch.generation() == 1 ? Optional.empty() : close(place, chain, batch.load(), batch.generation() - 1);
    }

    private LoadResult stageAndCommit(Batch batch, Place place, Chain chain, int next, TaskContext context)
            throws InterruptedException {
        Table table = Table.of(batch.destination(), place.project());
        if (table.dataset().equalsIgnoreCase(place.dataset())) {
            throw new MillraceException(
                    ErrorCode.WAREHOUSE_FAILED,
                    "the dataset " + table.dataset() + " of table "
                            + batch.destination().table() + " is the warehouse's own (expected: another dataset)");
        }
        Target target = new Target(bigquery, config, place);
        if (!withLedger.contains(place)) {
            target.createLedger();
            withLedger.add(place);
        }
        switch (target.compare(table, batch.destination(), batch.schema())) {
            case Target.Change.Create() -> target.create(table, batch.destination(), batch.schema());
            case Target.Change.Alter(var statements) -> {
                for (String statement : statements) {
                    answers.run(
                            place,
                            statement,
                            Labels.of("evolve", batch.run(), batch.destination().table()));
                    context.info(statement);
                }
            }
        }
        Stage stage = new Stage(bigquery, jobs, staging, config, batch, place, table);
        try {
            stage.fill(context);
            context.info(String.format(Locale.ROOT, "staged %,d rows", batch.rows()));
            context.checkStopped();
        } catch (RuntimeException | InterruptedException e) {
            stage.drop();
            throw e;
        }
        // from here on the stage stays until the end of the commit is known
        boolean first = chain.commit(
                batch.generation(),
                next,
                commit(batch, table, stage.table(), place),
                "the commit into " + batch.destination().table());
        Answers.Done done = done(place, batch.load());
        stage.drop();
        say(context, batch, done.result(), first ? "" : " by an earlier attempt");
        if (done.today() >= config.dailyLoads()) {
            context.warn(String.format(
                    Locale.ROOT,
                    "%s was loaded %,d times today; BigQuery allows about %,d changes of a table in a day",
                    batch.destination().table(),
                    done.today(),
                    DAILY_CHANGES));
        }
        return done.result();
    }

    private QueryJobConfiguration commit(Batch batch, Table table, Table stage, Place place) {
        return QueryJobConfiguration.newBuilder(new Statements(batch, table, stage, place.ledger()).commit())
                .setUseLegacySql(false)
                .setPriority(
                        switch (config.priority()) {
                            case INTERACTIVE -> QueryJobConfiguration.Priority.INTERACTIVE;
                            case BATCH -> QueryJobConfiguration.Priority.BATCH;
                        })
                .setMaximumBytesBilled(config.maximumBytesBilled())
                .setJobTimeoutMs(config.jobTimeout().toMillis())
                .setLabels(
                        Labels.of(Chain.COMMIT, batch.run(), batch.destination().table()))
                .build();
    }

    private void say(TaskContext context, Batch batch, LoadResult result, String how) {
        context.info(String.format(
                Locale.ROOT,
                "committed%s: %,d rows, %,d of them superseded; %s has %,d rows",
                how,
                result.rows(),
                result.superseded(),
                batch.destination().table(),
                result.tableRows()));
    }

    /** Of a load that has been committed. */
    private Answers.Done done(Place place, String load) throws InterruptedException {
        return answers.ledger(place, load)
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.WAREHOUSE_FAILED,
                        "load " + load + " has been committed, but the ledger " + place.ledger() + " doesn't know it"));
    }

    @Override
    public Abort.Answer abort(Abort abort) throws InterruptedException {
        try {
            Place place = places.of(abort.load());
            Chain chain = new Chain(jobs, place, abort.load(), ABORT_PATIENCE);
            return close(place, chain, abort.load(), abort.generation())
                    .<Abort.Answer>map(Abort.AlreadyCommitted::new)
                    .orElseGet(Abort.Closed::new);
        } catch (BigQueryException e) {
            throw Failures.of("the abort of load " + abort.load(), e);
        }
    }

    /** Closes all generations up to the given one; empty when none of them has committed. */
    private Optional<LoadResult> close(Place place, Chain chain, String load, int generation)
            throws InterruptedException {
        QueryJobConfiguration nothing = QueryJobConfiguration.newBuilder(Statements.close(load))
                .setUseLegacySql(false)
                .setLabels(Map.of(Labels.PURPOSE, Chain.CLOSE))
                .build();
        boolean tried = false;
        for (int closed = 1; closed <= generation; closed++) {
            switch (chain.close(closed, nothing)) {
                case Chain.End.Committed() -> {
                    return Optional.of(done(place, load).result());
                }
                case Chain.End.Closed(boolean any) -> tried |= any;
                case Chain.End.Exhausted() -> tried = true;
                case Chain.End.Open(int _) -> throw new IllegalStateException("a closed chain is open");
            }
        }
        // a job that failed after its transaction had committed would be the only other way
        return tried ? answers.ledger(place, load).map(Answers.Done::result) : Optional.empty();
    }

    @Override
    public Query.Result query(Query query) throws InterruptedException {
        return answers.query(configured, query);
    }
}
