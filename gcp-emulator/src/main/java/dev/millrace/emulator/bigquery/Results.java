package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.http.ApiException;
import dev.millrace.emulator.http.Request;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Rows of tables and of queries, page by page.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/paging-results">Paging through results</a>
 */
final class Results {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PAGE = 10_000;

    /** See timeoutMs in https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults. */
    private static final long TIMEOUT = 10_000;

    /** See https://cloud.google.com/bigquery/docs/error-messages. */
    private static final Map<String, Integer> STATUS = Map.of(
            "accessDenied", 403,
            "backendError", 503,
            "duplicate", 409,
            "internalError", 500,
            "notFound", 404,
            "quotaExceeded", 403,
            "rateLimitExceeded", 403);

    private final Engine engine;
    private final Tables tables;
    private final Jobs jobs;

    Results(Engine engine, Tables tables, Jobs jobs) {
        this.engine = engine;
        this.tables = tables;
        this.jobs = jobs;
    }

    /** What is asked for. */
    private record Page(long from, long most, boolean microseconds) {
        static Page of(Request request) {
            long start = number(request, "startIndex", 0);
            return new Page(
                    number(request, "pageToken", start),
                    Math.min(PAGE, number(request, "maxResults", PAGE)),
                    request.parameter("formatOptions.useInt64Timestamp")
                                    .orElse("")
                                    .equals("true")
                            || request.parameter("formatOptions.timestampOutputFormat")
                                    .orElse("")
                                    .equals("INT64"));
        }

        private static long number(Request request, String name, long otherwise) {
            return request.parameter(name).map(Long::parseLong).orElse(otherwise);
        }
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/list">tabledata.list</a> */
    ObjectNode rows(TableName name, Request request) throws SQLException {
        ObjectNode table = tables.describe(name);
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("kind", "bigquery#tableDataList");
        List<Field> fields = Catalog.fields(table);
        long total = table.path("numRows").asLong();
        answer.put("totalRows", Long.toString(total));
        if (!fields.isEmpty()) {
            page(answer, name.quoted(), fields, total, Page.of(request));
        }
        return answer;
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults">jobs.getQueryResults</a> */
    ObjectNode of(Job job, Request request) throws SQLException, InterruptedException {
        long timeout = request.parameter("timeoutMs").map(Long::parseLong).orElse(TIMEOUT);
        return answer(job, Math.min(timeout, TIMEOUT), Page.of(request));
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query">jobs.query</a> */
    ObjectNode query(String project, ObjectNode given) throws SQLException, InterruptedException {
        ObjectNode job = JsonNodeFactory.instance.objectNode();
        ObjectNode configuration = job.putObject("configuration");
        ObjectNode query = configuration.putObject("query");
        given.properties().forEach(entry -> {
            switch (entry.getKey()) {
                case "labels", "dryRun" -> configuration.set(entry.getKey(), entry.getValue());
                case "location" -> job.putObject("jobReference").set("location", entry.getValue());
                default -> query.set(entry.getKey(), entry.getValue());
            }
        });
        if (configuration.path("dryRun").asBoolean()) {
            ObjectNode checked = jobs.insert(project, job);
            ObjectNode answer = JsonNodeFactory.instance.objectNode().put("jobComplete", true);
            answer.set("schema", checked.path("statistics").path("query").path("schema"));
            answer.set("totalBytesProcessed", checked.path("statistics").path("totalBytesProcessed"));
            return answer;
        }
        JsonNode format = given.path("formatOptions");
        return answer(
                jobs.start(project, job),
                Math.min(given.path("timeoutMs").asLong(TIMEOUT), TIMEOUT),
                new Page(
                        0,
                        Math.min(PAGE, given.path("maxResults").asLong(PAGE)),
                        format.path("useInt64Timestamp").asBoolean()
                                || format.path("timestampOutputFormat").asText().equals("INT64")));
    }

    private ObjectNode answer(Job job, long timeout, Page page) throws SQLException, InterruptedException {
        boolean complete = job.await(timeout);
        ObjectNode view = job.poll();
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("kind", "bigquery#getQueryResultsResponse");
        answer.set("jobReference", view.path("jobReference"));
        answer.put("jobComplete", complete);
        if (!complete) {
            return answer;
        }
        ApiException failure = job.failure();
        if (failure != null) {
            throw new ApiException(
                    STATUS.getOrDefault(failure.reason(), 400), failure.reason(), String.valueOf(failure.getMessage()));
        }
        JsonNode statistics = view.path("statistics").path("query");
        answer.set("totalBytesProcessed", statistics.path("totalBytesProcessed"));
        answer.put("cacheHit", false);
        if (statistics.has("numDmlAffectedRows")) {
            answer.set("numDmlAffectedRows", statistics.path("numDmlAffectedRows"));
        }
        ObjectNode result = job.result();
        answer.put("totalRows", result.path("rows").asText("0"));
        if (result.has("fields")) {
            List<Field> fields = Field.list(result.path("fields"));
            answer.putObject("schema").set("fields", Field.array(fields));
            page(answer, job.destination().quoted(), fields, result.path("rows").asLong(), page);
        }
        return answer;
    }

    /** @param table of the engine, whose columns are those of the fields in their order */
    private void page(ObjectNode answer, String table, List<Field> fields, long total, Page page) throws SQLException {
        String rows = "SELECT * FROM " + table + " AS page(" + names(fields) + ") LIMIT " + page.most() + " OFFSET "
                + page.from();
        ArrayNode array = answer.putArray("rows");
        try (Engine.Session session = engine.lend()) {
            session.rows(
                    Cells.query(rows, fields),
                    row -> array.add(Cells.row(tree(row.getString(1)), fields, page.microseconds())));
        }
        long next = page.from() + array.size();
        if (next < total && page.most() > 0) {
            answer.put("pageToken", Long.toString(next));
        }
    }

    /** Columns are known by the names of the fields, also where the engine has others. */
    private static String names(List<Field> fields) {
        return fields.stream().map(field -> TableName.quote(field.name())).collect(Collectors.joining(", "));
    }

    private static JsonNode tree(String json) throws SQLException {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new SQLException("the engine made no JSON", e);
        }
    }
}
