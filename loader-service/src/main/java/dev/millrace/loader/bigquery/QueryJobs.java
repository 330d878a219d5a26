package dev.millrace.loader.bigquery;

import com.google.api.services.bigquery.model.TableFieldSchema;
import com.google.api.services.bigquery.model.TableRow;
import com.google.cloud.bigquery.BigQueryError;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobStatistics;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.QueryParameterValue;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.TableId;
import dev.millrace.loader.AnswerSize;
import dev.millrace.loader.CheckQueries;
import dev.millrace.loader.QueryExport;
import dev.millrace.loader.backup.BackupManifest;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.CheckResult;
import dev.millrace.task.CommittedLoads;
import dev.millrace.task.Cursors;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Query;
import dev.millrace.worker.StoppedException;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/** Jobs of single statements, and what they answer. */
final class QueryJobs {
    private static final ObjectMapper JSON = ObjectMapper.getDefault();

    private static final int MAX_QUERY_ROWS = 100_000;

    private final Jobs jobs;
    private final Rows rows;
    private final BigQueryConfig config;

    QueryJobs(Jobs jobs, Rows rows, BigQueryConfig config) {
        this.jobs = jobs;
        this.rows = rows;
        this.config = config;
    }

    /** @param today loads of the same table since midnight in UTC, this one included */
    record Done(LoadResult result, long today) {}

    /** What the load did; empty when it hasn't committed. */
    Optional<Done> ledger(JobLocation location, String load) throws InterruptedException {
        Job job = ended(
                location, configuration(Statements.result(location.ledger(), load), Map.of(Labels.PURPOSE, "ledger")));
        BigQueryError error = job.getStatus().getError();
        if (error != null && "notFound".equals(error.getReason())) {
            return Optional.empty(); // no load has ever committed here
        } else if (error != null) {
            throw Failures.of("reading the ledger", error, null);
        }
        Rows.Answer answer = rows.of(job.getJobId(), 1);
        for (TableRow row : answer.rows()) {
            LoadResult result = new LoadResult(
                    number(answer, row, "rows"),
                    number(answer, row, "superseded"),
                    number(answer, row, "table_rows"),
                    number(answer, row, "outdated"),
                    number(answer, row, "tied"),
                    number(answer, row, "deleted"),
                    checks(answer, row),
                    number(answer, row, "rejected"),
                    text(answer, row, "rejects"));
            return Optional.of(new Done(result, number(answer, row, "today")));
        }
        return Optional.empty();
    }

    /** What a rollback has to know of a load; empty when the ledger doesn't have it. */
    Optional<Undo.Loaded> loaded(JobLocation location, String load) throws InterruptedException {
        Job job = ended(
                location, configuration(Statements.loaded(location.ledger(), load), Map.of(Labels.PURPOSE, "ledger")));
        BigQueryError error = job.getStatus().getError();
        if (error != null) {
            throw Failures.of("reading the ledger", error, null);
        }
        return rows.of(job.getJobId(), 1).rows().stream()
                .findFirst()
                .map(row -> new Undo.Loaded(
                        String.valueOf(text(row, 0)),
                        String.valueOf(text(row, 1)),
                        text(row, 2) == null ? 0 : number(row, 2),
                        Instant.EPOCH.plus(number(row, 3), ChronoUnit.MICROS)));
    }

    /** Those of some loads that have committed. */
    CommittedLoads committed(JobLocation location, List<String> loads) throws InterruptedException {
        if (loads.isEmpty()) {
            return new CommittedLoads(List.of());
        }
        Job job = ended(
                location,
                configuration(Statements.committed(location.ledger(), loads), Map.of(Labels.PURPOSE, "ledger")));
        BigQueryError error = job.getStatus().getError();
        if (error != null) {
            throw Failures.of("asking for committed loads", error, null);
        }
        return new CommittedLoads(rows.of(job.getJobId(), MAX_QUERY_ROWS).rows().stream()
                .map(row -> Objects.requireNonNull(text(row, 0)))
                .toList());
    }

    /** The last load of a table. */
    record Loaded(@Nullable String run, Instant at) {}

    /** By the table's name, of those that the ledger knows. */
    Map<String, Loaded> lastLoads(JobLocation location, List<String> tables) throws InterruptedException {
        Map<String, Loaded> loads = new HashMap<>();
        if (tables.isEmpty()) {
            return loads;
        }
        Job job = ended(
                location,
                configuration(Statements.lastLoads(location.ledger(), tables), Map.of(Labels.PURPOSE, "ledger")));
        BigQueryError error = job.getStatus().getError();
        if (error != null && "notFound".equals(error.getReason())) {
            return loads; // no load has ever committed here
        } else if (error != null) {
            throw Failures.of("reading the ledger", error, null);
        }
        for (TableRow row : rows.of(job.getJobId(), MAX_QUERY_ROWS).rows()) {
            loads.put(
                    Objects.requireNonNull(text(row, 0)),
                    new Loaded(text(row, 1), Instant.EPOCH.plus(number(row, 2), ChronoUnit.MICROS)));
        }
        return loads;
    }

    /**
     * What the ledger says of a table at one moment.
     *
     * @param lastLoad null: none
     */
    record Standing(@Nullable String lastLoad, List<BackupManifest.Cursor> cursors) {}

    /**
     * @param copy that {@link Statements#copy} says; its answer is that of the only SELECT in it
     *     (https://cloud.google.com/bigquery/docs/multi-statement-queries)
     */
    Standing standing(JobId copy) {
        List<TableRow> found = rows.of(copy, MAX_QUERY_ROWS).rows();
        return new Standing(
                text(found.getFirst(), 0),
                found.stream()
                        .filter(row -> text(row, 1) != null)
                        .map(row -> new BackupManifest.Cursor(
                                Objects.requireNonNull(text(row, 1)),
                                Objects.requireNonNull(text(row, 2)),
                                text(row, 3),
                                text(row, 4)))
                        .toList());
    }

    /** Runs a query of ours, whose result BigQuery keeps for a day. */
    JobId select(JobLocation location, String sql, Map<String, QueryParameterValue> parameters)
            throws InterruptedException {
        QueryJobConfiguration configuration = configuration(sql, Map.of(Labels.PURPOSE, "rows")).toBuilder()
                .setNamedParameters(parameters)
                .build();
        Job job = ended(location, configuration);
        if (job.getStatus().getError() != null) {
            throw failed(job.getStatus().getError());
        }
        return job.getJobId();
    }

    /**
     * Runs the query of an export, which has been found to be a SELECT; BigQuery keeps its result for a day.
     *
     * @throws MillraceException {@code QUERY_FAILED}
     */
    JobId select(JobLocation location, QueryExport export, TaskContext context) throws InterruptedException {
        QueryJobConfiguration configuration =
                configuration(export.sql(), Labels.of("export", export.run(), export.target()));
        Job started = jobs.ensure(id(location), configuration);
        try {
            Job ended = jobs.await(started, config.jobTimeout(), context::checkStopped)
                    .orElseThrow(() ->
                            new MillraceException(ErrorCode.QUERY_FAILED, Query.tookLongerThan(config.jobTimeout())));
            if (ended.getStatus().getError() != null) {
                throw failed(ended.getStatus().getError());
            }
            return ended.getJobId();
        } catch (StoppedException | InterruptedException e) {
            jobs.cancel(started.getJobId());
            throw e;
        }
    }

    /** @param start of the rows, from 0 */
    Rows.Answer page(JobId query, long start, int limit) {
        return rows.of(query, start, limit);
    }

    /** The cursors of a pipeline. */
    Cursors cursors(JobLocation location, String pipeline) throws InterruptedException {
        Job job = ended(
                location,
                configuration(Statements.cursors(location.ledger(), pipeline), Map.of(Labels.PURPOSE, "ledger")));
        BigQueryError error = job.getStatus().getError();
        if (error != null) {
            throw Failures.of("reading the cursors of " + pipeline, error, null);
        }
        return new Cursors(rows.of(job.getJobId(), MAX_QUERY_ROWS).rows().stream()
                .map(row -> new Cursors.Cursor(
                        Objects.requireNonNull(text(row, 0)),
                        text(row, 1),
                        text(row, 2),
                        Instant.EPOCH.plus(number(row, 3), ChronoUnit.MICROS)))
                .toList());
    }

    private static @Nullable String text(TableRow row, int column) {
        return row.getF().get(column).getV() instanceof String text ? text : null;
    }

    /** 0 where the ledger, or its row, was made before there was such a column. */
    private static long number(Rows.Answer answer, TableRow row, String column) {
        for (int i = 0; i < answer.columns().size(); i++) {
            if (answer.columns().get(i).getName().equals(column)
                    && row.getF().get(i).getV() instanceof String number) {
                return Long.parseLong(number);
            }
        }
        return 0;
    }

    private static List<CheckResult> checks(Rows.Answer answer, TableRow row) {
        String written = text(answer, row, "checks");
        return written == null ? List.of() : CheckQueries.read(written, JSON).results();
    }

    /** Null where there is none, or where the ledger was made before there was such a column. */
    private static @Nullable String text(Rows.Answer answer, TableRow row, String column) {
        for (int i = 0; i < answer.columns().size(); i++) {
            if (answer.columns().get(i).getName().equals(column)
                    && row.getF().get(i).getV() instanceof String written) {
                return written;
            }
        }
        return null;
    }

    private static long number(TableRow row, int column) {
        return Long.parseLong(row.getF().get(column).getV().toString());
    }

    /** Runs a statement that answers nothing. */
    void run(JobLocation location, String statement, Map<String, String> labels) throws InterruptedException {
        BigQueryError error =
                ended(location, configuration(statement, labels)).getStatus().getError();
        if (error != null) {
            throw Failures.of(statement, error, null);
        }
    }

    Query.Result query(JobLocation location, Query query) throws InterruptedException {
        if (query.limit() < 1 || query.limit() > MAX_QUERY_ROWS) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "limit: " + query.limit() + " (expected: 1 to " + MAX_QUERY_ROWS + ")");
        }
        QueryJobConfiguration configuration = configuration(query);
        try {
            plan(location, configuration);
            Job job = ended(location, configuration, query.timeout(config.queryTimeout()));
            if (job.getStatus().getError() != null) {
                throw failed(job.getStatus().getError());
            }
            return answer(rows.of(job.getJobId(), query.limit(), new AnswerSize(config.queryBytes())));
        } catch (BigQueryException e) {
            throw e.getError() == null ? Failures.of("the query", e) : failed(e.getError());
        }
    }

    /**
     * The tables that a query reads, without running it.
     *
     * @throws MillraceException {@code QUERY_REFUSED} or {@code QUERY_FAILED}
     */
    List<TableId> tables(JobLocation location, Query query) {
        try {
            List<TableId> tables = plan(location, configuration(query)).getReferencedTables();
            return tables == null ? List.of() : tables;
        } catch (BigQueryException e) {
            throw e.getError() == null ? Failures.of("the query", e) : failed(e.getError());
        }
    }

    private QueryJobConfiguration configuration(Query query) {
        Map<String, QueryParameterValue> parameters = new HashMap<>();
        query.parameters()
                .forEach(parameter -> parameters.put(
                        parameter.name(),
                        QueryParameterValue.newBuilder()
                                .setType(Types.standard(parameter.type()))
                                .setValue(parameter.value())
                                .build()));
        return configuration(query.sql(BigQueryKind.TYPE), Map.of(Labels.PURPOSE, "query")).toBuilder()
                .setNamedParameters(parameters)
                .build();
    }

    /** @param bytes that the query would process */
    record Selected(Schema schema, long bytes) {}

    /**
     * What the query selects, without running it.
     *
     * @throws MillraceException {@code QUERY_REFUSED} or {@code QUERY_FAILED}
     */
    Selected selected(JobLocation location, String sql) {
        try {
            JobStatistics.QueryStatistics statistics =
                    plan(location, configuration(sql, Map.of(Labels.PURPOSE, "query")));
            Schema schema = statistics.getSchema();
            if (schema == null) {
                throw refused("it selects nothing");
            }
            return new Selected(schema, bytes(statistics));
        } catch (BigQueryException e) {
            throw e.getError() == null ? Failures.of("the query", e) : failed(e.getError());
        }
    }

    /** BigQuery says what a statement is without running it: https://cloud.google.com/bigquery/docs/running-queries#dry-run */
    private JobStatistics.QueryStatistics plan(JobLocation location, QueryJobConfiguration configuration) {
        if (configuration.getQuery().isBlank()) {
            throw refused("it has no statement");
        }
        Job planned = jobs.plan(
                id(location), configuration.toBuilder().setDryRun(true).build());
        JobStatistics.QueryStatistics statistics = planned.getStatistics();
        if (!JobStatistics.QueryStatistics.StatementType.SELECT.equals(statistics.getStatementType())) {
            throw refused("it is a " + statistics.getStatementType());
        }
        return statistics;
    }

    /**
     * The bytes that a statement of ours would process, which is checked and not run; BigQuery takes nothing for that.
     *
     * @throws BigQueryException when it would be refused
     */
    long bytes(JobLocation location, String statement) {
        QueryJobConfiguration configuration = QueryJobConfiguration.newBuilder(statement)
                .setUseLegacySql(false)
                .setDryRun(true)
                .build();
        return bytes(jobs.plan(id(location), configuration).getStatistics());
    }

    private static long bytes(JobStatistics.QueryStatistics statistics) {
        Long bytes = statistics.getTotalBytesProcessed();
        return bytes == null ? 0 : bytes;
    }

    /** The only value of the only row. */
    long number(JobLocation location, String sql) throws InterruptedException {
        Job job = ended(location, configuration(sql, Map.of(Labels.PURPOSE, "query")));
        BigQueryError error = job.getStatus().getError();
        if (error != null) {
            throw Failures.of(sql, error, null);
        }
        return number(rows.of(job.getJobId(), 1).rows().getFirst(), 0);
    }

    private static MillraceException refused(String reason) {
        return new MillraceException(
                ErrorCode.QUERY_REFUSED,
                "query refused: " + reason + " (expected: one SELECT over tables of the warehouse)");
    }

    /** Wrong SQL and whatever else the query itself is the reason of. */
    static MillraceException failed(BigQueryError error) {
        MillraceException failure = Failures.of("the query", error, null);
        return switch (failure.code()) {
            case WAREHOUSE_DENIED, QUOTA_EXCEEDED, BYTES_BILLED_EXCEEDED -> failure;
            default -> new MillraceException(ErrorCode.QUERY_FAILED, failure.detail());
        };
    }

    private QueryJobConfiguration configuration(String sql, Map<String, String> labels) {
        return QueryJobConfiguration.newBuilder(sql)
                .setUseLegacySql(false)
                .setMaximumBytesBilled(config.maximumBytesBilled())
                .setLabels(labels)
                .build();
    }

    private Job ended(JobLocation location, QueryJobConfiguration configuration) throws InterruptedException {
        return ended(location, configuration, config.queryTimeout());
    }

    private Job ended(JobLocation location, QueryJobConfiguration configuration, Duration timeout)
            throws InterruptedException {
        Job job = jobs.ensure(id(location), configuration);
        try {
            Optional<Job> ended = jobs.await(job, timeout, () -> {});
            if (ended.isPresent()) {
                return ended.get();
            }
        } catch (InterruptedException e) {
            jobs.cancel(job.getJobId());
            throw e;
        }
        jobs.cancel(job.getJobId());
        throw new MillraceException(ErrorCode.QUERY_FAILED, Query.tookLongerThan(timeout));
    }

    private static JobId id(JobLocation location) {
        return location.job("millrace_query_" + UUID.randomUUID());
    }

    /** The rows as texts. */
    static Query.Result answer(Rows.Answer answer) {
        List<TableFieldSchema> columns = answer.columns();
        List<List<@Nullable String>> texts = new ArrayList<>(answer.rows().size());
        for (TableRow row : answer.rows()) {
            List<@Nullable String> values = new ArrayList<>(columns.size());
            for (int i = 0; i < columns.size(); i++) {
                values.add(Values.text(columns.get(i), row.getF().get(i).getV()));
            }
            texts.add(values);
        }
        return new Query.Result(
                columns.stream()
                        .map(column -> new Query.Field(column.getName(), Values.type(column)))
                        .toList(),
                texts,
                answer.truncated());
    }
}
