package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.http.Answer;
import dev.millrace.emulator.http.Api;
import dev.millrace.emulator.http.ApiException;
import dev.millrace.emulator.http.HttpEndpoint;
import dev.millrace.emulator.http.Request;
import dev.millrace.emulator.storage.Buckets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The routes of BigQuery.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest">BigQuery API</a>
 */
public final class BigQueryApi implements Api, AutoCloseable {
    private static final String ROOT = "/bigquery/v2/projects";
    private static final Pattern DATASET = Pattern.compile("[A-Za-z0-9_]{1,1024}");
    private static final int PAGE = 1_000;

    private final Engine engine;
    private final Journal journal;
    private final Catalog catalog;
    private final History history;
    private final Tables tables;
    private final Jobs jobs;
    private final Results results;
    private final JobFaults faults = new JobFaults();
    private final Clock clock = Clock.systemUTC();

    /**
     * Opens what is in a folder.
     *
     * @param buckets that load jobs read
     */
    public BigQueryApi(Path folder, Buckets buckets) throws IOException {
        try {
            this.engine = new Engine(folder);
            this.journal = new Journal(folder.resolve("resources.ndjson"));
            this.catalog = new Catalog(engine, journal, clock);
            this.history = new History(engine, catalog, clock);
            this.tables = new Tables(engine, catalog, history, clock);
            this.jobs = new Jobs(engine, catalog, tables, buckets, faults, clock);
            this.results = new Results(engine, tables, jobs);
        } catch (SQLException e) {
            throw new IOException(folder + " can't be opened as the tables of the emulator", e);
        }
    }

    public void serve(HttpEndpoint endpoint) {
        endpoint.serve(ROOT, this);
    }

    /** What is to go wrong with jobs. */
    public JobFaults faults() {
        return faults;
    }

    @Override
    public Answer handle(Request request) throws IOException {
        List<String> segments = request.segments();
        if (segments.size() < 5) {
            throw unknown(request);
        }
        String project = segments.get(3);
        List<String> path = segments.subList(5, segments.size());
        // HttpURLConnection has no PATCH: https://cloud.google.com/apis/docs/http says how it is sent instead
        String method = request.header("x-http-method-override").orElse(request.method());
        try {
            return switch (segments.get(4)) {
                case "datasets" ->
                    path.size() <= 1
                            ? datasets(request, method, project, path)
                            : tables(request, method, project, path);
                case "jobs" -> jobs(request, method, project, path);
                case "queries" -> queries(request, method, project, path);
                default -> throw unknown(request);
            };
        } catch (SQLException e) {
            throw EngineErrors.of(e);
        } catch (InterruptedException e) {
            throw new ApiException(503, "backendError", "The emulator was stopped");
        }
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets">Datasets</a> */
    private Answer datasets(Request request, String method, String project, List<String> path)
            throws IOException, SQLException {
        if (path.isEmpty()) {
            return switch (method) {
                case "GET" -> Answer.json(200, listDatasets(request, project));
                case "POST" -> Answer.json(200, insertDataset(project, request.json()));
                default -> throw unknown(request);
            };
        }
        return switch (method) {
            case "GET" -> Answer.json(200, catalog.dataset(project, path.getFirst()));
            case "DELETE" -> {
                catalog.removeDataset(
                        project,
                        path.getFirst(),
                        request.parameter("deleteContents").orElse("").equals("true"));
                yield Answer.empty(204);
            }
            default -> throw unknown(request);
        };
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets/list">datasets.list</a> */
    private ObjectNode listDatasets(Request request, String project) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("kind", "bigquery#datasetList");
        page(
                request,
                answer,
                "datasets",
                catalog.datasets(project),
                List.of("id", "datasetReference", "labels", "location"));
        return answer;
    }

    private ObjectNode insertDataset(String project, ObjectNode given) throws SQLException {
        String id = given.path("datasetReference").path("datasetId").asText();
        if (!DATASET.matcher(id).matches()) {
            throw Errors.invalid("Invalid dataset ID \"" + id
                    + "\". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters"
                    + " long.");
        }
        Labels.check(given.path("labels"));
        String now = Long.toString(clock.millis());
        ObjectNode dataset = given.deepCopy();
        dataset.withObject("/datasetReference").put("projectId", project);
        dataset.put("kind", "bigquery#dataset")
                .put("id", project + ":" + id)
                .put("etag", now)
                .put("location", given.path("location").asText("US"))
                .put("creationTime", now)
                .put("lastModifiedTime", now);
        catalog.addDataset(dataset);
        return dataset;
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/tables">Tables</a> */
    private Answer tables(Request request, String method, String project, List<String> path)
            throws IOException, SQLException {
        String dataset = path.get(0);
        if (!path.get(1).equals("tables")) {
            throw unknown(request);
        }
        if (path.size() == 2) {
            return switch (method) {
                case "GET" -> Answer.json(200, list(request, project, dataset));
                case "POST" -> Answer.json(200, tables.insert(project, dataset, request.json()));
                default -> throw unknown(request);
            };
        }
        TableName name = new TableName(project, dataset, path.get(2));
        if (path.size() == 4 && path.get(3).equals("data") && method.equals("GET")) {
            return Answer.json(200, results.rows(name, request));
        }
        if (path.size() == 4 && path.get(3).equals("insertAll") && method.equals("POST")) {
            return Answer.json(200, tables.stream(name, request.json()));
        }
        String etag = request.header("if-match").orElse("");
        return switch (method) {
            case "GET" -> Answer.json(200, tables.describe(name));
            case "PATCH" -> Answer.json(200, tables.update(name, request.json(), false, etag));
            case "PUT" -> Answer.json(200, tables.update(name, request.json(), true, etag));
            case "DELETE" -> {
                tables.delete(name);
                yield Answer.empty(204);
            }
            default -> throw unknown(request);
        };
    }

    private ObjectNode list(Request request, String project, String dataset) throws SQLException {
        List<ObjectNode> all = catalog.tables(project, dataset);
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("kind", "bigquery#tableList")
                .put("totalItems", all.size());
        page(
                request,
                answer,
                "tables",
                all,
                List.of("id", "tableReference", "type", "labels", "creationTime", "expirationTime"));
        return answer;
    }

    /** @param keys that are listed of each item, where it has them */
    private static void page(Request request, ObjectNode answer, String name, List<ObjectNode> all, List<String> keys) {
        int from = Integer.parseInt(request.parameter("pageToken").orElse("0"));
        int to = Math.min(
                all.size(),
                from + Integer.parseInt(request.parameter("maxResults").orElse("" + PAGE)));
        ArrayNode items = answer.putArray(name);
        for (ObjectNode resource : all.subList(Math.min(from, to), to)) {
            ObjectNode item = items.addObject();
            for (String key : keys) {
                if (resource.has(key)) {
                    item.set(key, resource.path(key));
                }
            }
        }
        if (to < all.size()) {
            answer.put("nextPageToken", Integer.toString(to));
        }
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs">Jobs</a> */
    private Answer jobs(Request request, String method, String project, List<String> path)
            throws IOException, SQLException {
        if (path.isEmpty()) {
            return switch (method) {
                case "POST" -> Answer.json(200, jobs.insert(project, request.json()));
                case "GET" -> Answer.json(200, list(project));
                default -> throw unknown(request);
            };
        }
        Job job =
                jobs.get(project, path.getFirst(), request.parameter("location").orElse(null));
        if (path.size() == 2 && path.get(1).equals("cancel") && method.equals("POST")) {
            job.stop();
            ObjectNode answer = JsonNodeFactory.instance.objectNode().put("kind", "bigquery#jobCancelResponse");
            answer.set("job", job.view());
            return Answer.json(200, answer);
        }
        if (path.size() != 1 || !method.equals("GET")) {
            throw unknown(request);
        }
        ObjectNode answer = job.poll();
        request.parameter("fields").ifPresent(fields -> answer.retain(names(fields)));
        return Answer.json(200, answer);
    }

    /** Of a partial response, see https://cloud.google.com/bigquery/docs/api-performance#partial-response. */
    private static List<String> names(String fields) {
        return Arrays.stream(fields.split(","))
                .map(field -> field.replaceAll("[(/].*", ""))
                .toList();
    }

    private ObjectNode list(String project) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("kind", "bigquery#jobList");
        ArrayNode items = answer.putArray("jobs");
        for (Job job : jobs.list(project)) {
            ObjectNode item = job.view();
            item.put("state", item.path("status").path("state").asText());
            items.add(item);
        }
        return answer;
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query">jobs.query</a> */
    private Answer queries(Request request, String method, String project, List<String> path)
            throws IOException, SQLException, InterruptedException {
        if (path.isEmpty() && method.equals("POST")) {
            return Answer.json(200, results.query(project, request.json()));
        }
        if (path.size() == 1 && method.equals("GET")) {
            Job job = jobs.get(
                    project, path.getFirst(), request.parameter("location").orElse(null));
            return Answer.json(200, results.of(job, request));
        }
        throw unknown(request);
    }

    private static ApiException unknown(Request request) {
        return new ApiException(
                404, "notFound", "The emulator does not know " + request.method() + " " + request.target());
    }

    @Override
    public void close() {
        jobs.close();
        try (engine;
                journal;
                history) {
            // each is closed, whatever becomes of the other
        } catch (SQLException e) {
            throw EngineErrors.of(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
