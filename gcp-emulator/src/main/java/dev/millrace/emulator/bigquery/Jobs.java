package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.bigquery.googlesql.Statement;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.http.ApiException;
import dev.millrace.emulator.storage.Buckets;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jobs: accepted, executed by and by, and kept.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs">Jobs</a>
 */
final class Jobs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Jobs.class);
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,1024}");
    private static final String DEFAULT_LOCATION = "US";
    private static final Duration CLOSING = Duration.ofSeconds(30);

    private final Engine engine;
    private final Catalog catalog;
    private final Tables tables;
    private final Buckets buckets;
    private final JobFaults faults;
    private final Clock clock;
    private final Locks locks = new Locks();
    private final Map<String, Job> jobs = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofPlatform().daemon().name("bigquery-job-", 0).factory());

    Jobs(Engine engine, Catalog catalog, Tables tables, Buckets buckets, JobFaults faults, Clock clock) {
        this.engine = engine;
        this.catalog = catalog;
        this.tables = tables;
        this.buckets = buckets;
        this.faults = faults;
        this.clock = clock;
        for (ObjectNode stored : catalog.jobs()) {
            Job job = Job.stored(stored, clock);
            jobs.put(job.key(), job);
        }
    }

    /**
     * Accepts a job and starts it; the answer is what it is at first.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/insert">jobs.insert</a>
     */
    ObjectNode insert(String project, ObjectNode given) throws SQLException {
        return dryRun(given) ? dryRun(project, given) : start(project, given).view();
    }

    private static boolean dryRun(ObjectNode given) {
        return given.path("configuration").path("dryRun").asBoolean();
    }

    Job start(String project, ObjectNode given) throws SQLException {
        ObjectNode resource = resource(project, given);
        Job job = new Job(resource, clock);
        if (jobs.putIfAbsent(job.key(), job) != null) {
            throw Errors.duplicate("Job " + project + ":" + job.location() + "." + job.id());
        }
        threads.execute(() -> execute(job));
        return job;
    }

    private ObjectNode resource(String project, ObjectNode given) throws SQLException {
        ObjectNode configuration = given.withObject("/configuration");
        Labels.check(configuration.path("labels"));
        String dataset;
        if (configuration.has("load")) {
            configuration.put("jobType", "LOAD");
            LoadJob.check(configuration.path("load"));
            TableName destination =
                    Catalog.reference((ObjectNode) configuration.path("load").path("destinationTable"));
            dataset = destination.project() + ":" + destination.dataset();
        } else if (configuration.has("query")) {
            configuration.put("jobType", "QUERY");
            dataset = dataset(QueryJob.statements(project, configuration.path("query")));
        } else if (configuration.has("copy")) {
            configuration.put("jobType", "COPY");
            CopyJob.check(configuration.path("copy"));
            TableName destination =
                    Catalog.reference((ObjectNode) configuration.path("copy").path("destinationTable"));
            dataset = destination.project() + ":" + destination.dataset();
        } else if (configuration.has("extract")) {
            configuration.put("jobType", "EXTRACT");
            ExtractJob.check(configuration.path("extract"));
            TableName source =
                    Catalog.reference((ObjectNode) configuration.path("extract").path("sourceTable"));
            dataset = source.project() + ":" + source.dataset();
        } else {
            throw Errors.invalid("The emulator knows jobs of load, query, copy and extract only");
        }
        ObjectNode reference = given.withObject("/jobReference");
        String id = reference.path("jobId").asText(UUID.randomUUID().toString());
        if (!ID.matcher(id).matches()) {
            throw Errors.invalid("Invalid job ID \"" + id + "\". Job IDs must be alphanumeric (plus underscores and"
                    + " dashes) and must be at most 1024 characters long.");
        }
        String location = reference.path("location").asText("");
        ObjectNode resource = JsonNodeFactory.instance.objectNode();
        resource.putObject("jobReference")
                .put("projectId", project)
                .put("jobId", id)
                .put("location", location.isEmpty() ? locationOf(dataset) : location);
        resource.put("kind", "bigquery#job").put("id", project + ":" + id).put("user_email", "emulator@example.com");
        resource.set("configuration", configuration);
        return resource;
    }

    private static String dataset(List<Statement> statements) {
        return statements.stream()
                .flatMap(statement -> statement.tables().stream())
                .map(table -> table.project() + ":" + table.dataset())
                .findFirst()
                .orElse("");
    }

    private String locationOf(String dataset) {
        int colon = dataset.indexOf(':');
        return colon < 0
                ? DEFAULT_LOCATION
                : catalog.dataset(dataset.substring(0, colon), dataset.substring(colon + 1))
                        .path("location")
                        .asText();
    }

    /** Checks a query without executing it. See https://cloud.google.com/bigquery/docs/running-queries#dry-run. */
    private ObjectNode dryRun(String project, ObjectNode given) throws SQLException {
        ObjectNode resource = resource(project, given);
        Job job = new Job(resource, clock);
        List<Statement> statements =
                QueryJob.statements(project, given.path("configuration").path("query"));
        ObjectNode statistics = job.statistics("query");
        statistics.put(
                "statementType", statements.size() == 1 ? statements.getFirst().type() : "SCRIPT");
        long bytes = 0;
        for (Statement statement : statements) {
            for (TableName table : statement.tables()) {
                tables.require(table, job.location());
            }
            for (TableName table : processed(statement)) {
                bytes += tables.bytes(table);
            }
        }
        statistics.put("totalBytesProcessed", Long.toString(bytes));
        QueryJob.referenced(statements, statistics);
        if (statements.size() == 1 && statements.getFirst() instanceof Statement.Select select) {
            try (Engine.Session session = engine.lend()) {
                Answers answers =
                        new Answers(tables, session, given.path("configuration").path("query"));
                statistics
                        .putObject("schema")
                        .set("fields", Field.array(answers.columns(select.query(), select.tables())));
            } catch (SQLException e) {
                throw EngineErrors.of(e);
            }
        }
        ObjectNode view = job.stored();
        view.withObject("/statistics").put("totalBytesProcessed", Long.toString(bytes));
        view.putObject("status").put("state", "DONE");
        return view;
    }

    /**
     * Tables whose bytes a statement processes, all of them.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#on-demand_query_size_calculation">DML:
     *     on-demand query size calculation</a>: an INSERT processes what it reads, other changes their table too
     * @see <a href="https://cloud.google.com/bigquery/pricing#free">Free operations</a>
     */
    private static Set<TableName> processed(Statement statement) {
        Set<TableName> processed = new HashSet<>(statement.tables());
        if (statement instanceof Statement.Insert insert) {
            processed.remove(insert.table());
        } else if (statement.type().equals("TRUNCATE_TABLE")) {
            processed.clear();
        }
        return processed;
    }

    private void execute(Job job) {
        ApiException failure = null;
        try (Engine.Session session = engine.open()) {
            job.start(session);
            job.checkStopped();
            if (job.configuration().has("load")) {
                new LoadJob(buckets, tables, faults, job, session).run();
            } else if (job.configuration().has("copy")) {
                new CopyJob(tables, faults, job).run();
            } else if (job.configuration().has("extract")) {
                new ExtractJob(buckets, tables, faults, job, session).run();
            } else {
                new QueryJob(tables, locks, faults, job, session).run();
            }
        } catch (ApiException e) {
            failure = e;
        } catch (SQLException e) {
            failure = EngineErrors.of(e);
        } catch (InterruptedException e) {
            failure = new ApiException(503, "backendError", "The emulator was stopped");
        } catch (RuntimeException e) {
            LOG.error("job {} failed within the emulator", job.id(), e);
            failure = new ApiException(500, "internalError", "The emulator failed: " + e);
        }
        job.end(failure);
        try {
            catalog.storeJob(job.key(), job.stored());
        } catch (UncheckedIOException e) {
            LOG.error("job {} could not be stored", job.id(), e);
        }
    }

    /**
     * Without a location, in the multi-regions.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/get">jobs.get</a>
     */
    Job get(String project, String id, @Nullable String location) {
        List<String> places = location == null || location.isEmpty() ? List.of("US", "EU") : List.of(location);
        return places.stream()
                .map(place -> jobs.get(Job.key(project, place, id)))
                .filter(job -> job != null)
                .findFirst()
                .orElseThrow(() -> Errors.notFound("Job " + project + ":" + id));
    }

    /** The latest first. */
    List<Job> list(String project) {
        return jobs.values().stream()
                .filter(job -> job.project().equals(project))
                .sorted(Comparator.comparingLong((Job job) -> job.stored()
                                .path("statistics")
                                .path("creationTime")
                                .asLong())
                        .reversed())
                .toList();
    }

    /** Lets jobs come to their end. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(CLOSING.toSeconds(), TimeUnit.SECONDS)) {
                threads.shutdownNow();
                threads.awaitTermination(CLOSING.toSeconds(), TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
