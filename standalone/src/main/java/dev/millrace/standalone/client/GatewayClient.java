package dev.millrace.standalone.client;

import dev.millrace.format.Documents;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.Problem;
import dev.millrace.task.Heartbeat;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * The client of a gateway's public API. Every method returns the answer as it was sent, JSON, to be shown as it is or
 * to be {@link #read}; throws {@link RefusedException} when the gateway answers with a problem, {@link
 * UnreachableException} when it doesn't answer, or with a 5xx that says no more than that, {@link
 * InterruptedException} when the thread is told not to wait for it. Safe for use by several threads.
 */
public final class GatewayClient implements AutoCloseable {
    /** What every gateway takes, unless its configuration says less. */
    private static final long SMALL_UPLOAD = 8_388_608;

    private static final Duration CONNECT = Duration.ofSeconds(5);
    /** Items that a gateway puts into one answer at most. */
    private static final int PAGE = 1_000;

    private static final Duration ANSWER = Duration.ofMinutes(2);

    private final ObjectMapper json = ObjectMapper.getDefault();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT).build();
    private final URI url;
    private final String token;

    public GatewayClient(URI url, String token) {
        this.url = url;
        this.token = token;
    }

    /**
     * @param idempotencyKey with that of an earlier call, the answer is what that one started; null: none
     */
    public String start(String pipeline, Answers.Start start, @Nullable String idempotencyKey)
            throws InterruptedException {
        return post("/api/v1/pipelines/" + encode(pipeline) + "/runs", start, idempotencyKey);
    }

    public String batch(String id) throws InterruptedException {
        return get("/api/v1/batches/" + encode(id));
    }

    /**
     * The latest first, as one answer.
     *
     * @param pipeline null: any
     * @param state null: any
     * @param limit of runs, from 1
     */
    public String runs(@Nullable String pipeline, Run.@Nullable State state, int limit) throws InterruptedException {
        String filter = (pipeline == null ? "" : "pipeline=" + encode(pipeline) + "&")
                + (state == null ? "" : "state=" + state + "&");
        return pages("/api/v1/runs?" + filter, "runs", limit);
    }

    public String run(String id) throws InterruptedException {
        return get("/api/v1/runs/" + encode(id));
    }

    /** All lines of the level and those above, as one answer. */
    public String log(String run, Heartbeat.Level level) throws InterruptedException {
        return pages("/api/v1/runs/" + encode(run) + "/log?level=" + level + "&", "lines", Integer.MAX_VALUE);
    }

    /**
     * The first of them, as one answer.
     *
     * @param limit of rejects, from 1
     */
    public String rejects(String run, int limit) throws InterruptedException {
        return pages("/api/v1/runs/" + encode(run) + "/rejects?", "rejects", limit);
    }

    /**
     * As many pages as are needed, as one answer. What a page says beside its items, such as whether more would follow,
     * is the last one's.
     *
     * @param path up to the query's first parameter
     * @param items name of the array in each page
     */
    String pages(String path, String items, int limit) throws InterruptedException {
        List<JsonNode> all = new ArrayList<>();
        String after = "";
        while (true) {
            int most = Math.min(PAGE, limit - all.size());
            JsonNode page = read(get(path + "limit=" + most + after), JsonNode.class);
            JsonNode listed = page.get(items);
            if (listed == null) {
                throw new UnreachableException(url + " answered with something else than a gateway's " + items, null);
            }
            listed.values().forEach(all::add);
            JsonNode next = page.get("next");
            if (next == null || next.isNull() || all.size() >= limit) {
                Map<String, JsonNode> answer = new LinkedHashMap<>();
                page.entries().forEach(entry -> answer.put(entry.getKey(), entry.getValue()));
                answer.put(items, JsonNode.createArrayNode(all));
                return text(JsonNode.createObjectNode(answer));
            }
            after = "&after=" + encode(next.coerceStringValue());
        }
    }

    private String text(JsonNode document) {
        try {
            return json.writeValueAsString(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String cancel(String run) throws InterruptedException {
        return post("/api/v1/runs/" + encode(run) + "/cancel", null);
    }

    public String rollBack(String run) throws InterruptedException {
        return post("/api/v1/runs/" + encode(run) + "/rollback", null);
    }

    /**
     * @param format avro or parquet
     * @param idempotencyKey as of {@link #start}
     */
    public String backUp(String table, String format, @Nullable String idempotencyKey) throws InterruptedException {
        return post("/backup?table=" + encode(table) + "&format=" + encode(format), null, idempotencyKey);
    }

    /** @param table null: of all */
    public String backups(@Nullable String table) throws InterruptedException {
        return get("/backups" + (table == null ? "" : "?table=" + encode(table)));
    }

    /**
     * @param backup its id; null: the newest
     * @param as null: the table that was backed up
     */
    public String restore(String table, @Nullable String backup, @Nullable String as) throws InterruptedException {
        return post(
                "/restore?table=" + encode(table)
                        + (backup == null ? "" : "&backup=" + encode(backup))
                        + (as == null ? "" : "&as=" + encode(as)),
                null);
    }

    public String retry(String run) throws InterruptedException {
        return post("/api/v1/runs/" + encode(run) + "/retry", null);
    }

    /** Begins a backfill, or answers with its plan. */
    public String backfill(String pipeline, Backfill.Start start) throws InterruptedException {
        return post(request("/api/v1/pipelines/" + encode(pipeline) + "/backfills"), start);
    }

    public String backfill(String id) throws InterruptedException {
        return get("/api/v1/backfills/" + encode(id));
    }

    /** Backfills of a pipeline that are under way, newest first. */
    public String runningBackfills(String pipeline) throws InterruptedException {
        return get("/api/v1/backfills?state=RUNNING&pipeline=" + encode(pipeline));
    }

    /**
     * Loads records in the place of those that a run has rejected.
     *
     * @param lines whether each line is a JSON object; else they are in the form of the endpoint's source
     */
    public String replay(String run, byte[] records, boolean lines) throws InterruptedException {
        return send(request("/api/v1/runs/" + encode(run) + "/replay")
                .header("Content-Type", lines ? "application/x-ndjson" : "application/octet-stream")
                .POST(HttpRequest.BodyPublishers.ofByteArray(records)));
    }

    /**
     * Loads the good rows of a CSV file, or looks at its rows.
     *
     * @param table that it is for, with its dataset; null: its name says it
     * @param key with that of an earlier call for the same file, the answer is about that one
     * @throws IOException when the file can't be read
     */
    public String upload(Path file, @Nullable String table, boolean dryRun, String key)
            throws IOException, InterruptedException {
        String boundary = UUID.randomUUID().toString();
        String name = String.valueOf(file.getFileName())
                .replace("\"", "%22")
                .replace("\r", "%0D")
                .replace("\n", "%0A");
        String head = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name
                + "\"\r\nContent-Type: text/csv\r\n\r\n";
        try {
            return send(request("/upload?dryRun=" + dryRun + (table == null ? "" : "&table=" + encode(table)))
                    .header("Idempotency-Key", key)
                    .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                    .POST(HttpRequest.BodyPublishers.concat(
                            HttpRequest.BodyPublishers.ofString(head),
                            HttpRequest.BodyPublishers.ofFile(file),
                            HttpRequest.BodyPublishers.ofString("\r\n--" + boundary + "--\r\n"))));
        } catch (UnreachableException e) {
            // the server ends the connection, in the midst of what is sent, when it has seen that it is too much
            if (e.wasConnected() && Files.size(file) > SMALL_UPLOAD) {
                throw new RefusedException(Problem.of(
                                ErrorCode.BODY_TOO_LARGE,
                                "Error",
                                "the gateway at " + url + " broke off while " + file + ", of " + Files.size(file)
                                        + " bytes, was sent (expected: at most millrace.gateway.upload.max-bytes of the"
                                        + " gateway, which is " + SMALL_UPLOAD + " unless configured)")
                        .withStatus(413));
            }
            throw e;
        }
    }

    public String cursors(String pipeline) throws InterruptedException {
        return get("/api/v1/pipelines/" + encode(pipeline) + "/cursors");
    }

    /** @param value null: the next run reads everything */
    public String setCursor(String pipeline, String endpoint, @Nullable String value) throws InterruptedException {
        HttpRequest.Builder request =
                request("/api/v1/pipelines/" + encode(pipeline) + "/endpoints/" + encode(endpoint) + "/cursor");
        return send(
                value == null
                        ? request.DELETE()
                        : request.header("Content-Type", "application/json")
                                .PUT(body(new Answers.CursorSetting(value))));
    }

    /** One pipeline. */
    public String pipeline(String pipeline) throws InterruptedException {
        return get("/api/v1/pipelines/" + encode(pipeline));
    }

    public String schedules() throws InterruptedException {
        return get("/api/v1/schedules");
    }

    public String suspend(String pipeline, String endpoint) throws InterruptedException {
        return post("/api/v1/schedules/" + encode(pipeline) + "/" + encode(endpoint) + "/suspend", null);
    }

    public String resume(String pipeline, String endpoint) throws InterruptedException {
        return post("/api/v1/schedules/" + encode(pipeline) + "/" + encode(endpoint) + "/resume", null);
    }

    public String insights() throws InterruptedException {
        return get("/insights");
    }

    /**
     * The rows of an insight.
     *
     * @param limit of rows
     * @param parameters of it, by their names
     */
    public String insight(String name, int limit, Map<String, String> parameters) throws InterruptedException {
        StringBuilder path = new StringBuilder("/insights?table=" + encode(name) + "&limit=" + limit);
        parameters.forEach((parameter, value) ->
                path.append('&').append(encode(parameter)).append('=').append(encode(value)));
        return get(path.toString());
    }

    public String query(String sql, int limit) throws InterruptedException {
        return post("/api/v1/query", new Answers.Statement(sql, limit));
    }

    /**
     * The first rows that an endpoint would load.
     *
     * @param day null: the endpoint decides
     * @param records to be read at most
     */
    public String preview(String pipeline, String endpoint, @Nullable RunWindow day, int records)
            throws InterruptedException {
        return post(
                "/api/v1/pipelines/" + encode(pipeline) + "/endpoints/" + encode(endpoint) + "/preview",
                new Answers.PreviewOf(Answers.text(day), records));
    }

    /**
     * Whether a pipeline finds what it needs.
     *
     * @param endpoint null: all of them
     * @param day null: the endpoints decide
     */
    public String check(String pipeline, @Nullable String endpoint, @Nullable RunWindow day)
            throws InterruptedException {
        return post(
                "/api/v1/pipelines/" + encode(pipeline) + "/check", new Answers.CheckOf(endpoint, Answers.text(day)));
    }

    /**
     * The columns that an endpoint could have.
     *
     * @param day null: the endpoint decides
     * @param records to be looked at, at most
     */
    public String discover(String pipeline, String endpoint, @Nullable RunWindow day, int records)
            throws InterruptedException {
        return post(
                "/api/v1/pipelines/" + encode(pipeline) + "/endpoints/" + encode(endpoint) + "/discover",
                new Answers.PreviewOf(Answers.text(day), records));
    }

    /** The answer of the gateway. */
    public String tables(String pipeline, @Nullable String like, List<String> except) throws InterruptedException {
        return post("/api/v1/pipelines/" + encode(pipeline) + "/tables", new Answers.TablesOf(like, except));
    }

    /** What an answer says. */
    public <T> T read(String answer, Class<T> type) {
        try {
            return type == JsonNode.class
                    ? type.cast(Objects.requireNonNull(json.readValue(answer, Argument.of(JsonNode.class))))
                    : Documents.read(answer, type, json);
        } catch (IOException e) {
            throw new UnreachableException(
                    url + " answered with something else than a gateway's " + type.getSimpleName(), e);
        }
    }

    private String get(String path) throws InterruptedException {
        return send(request(path).GET());
    }

    private String post(String path, @Nullable Object body) throws InterruptedException {
        return post(request(path), body);
    }

    private String post(String path, @Nullable Object body, @Nullable String idempotencyKey)
            throws InterruptedException {
        HttpRequest.Builder request = request(path);
        if (idempotencyKey != null) {
            request.header("Idempotency-Key", idempotencyKey);
        }
        return post(request, body);
    }

    private String post(HttpRequest.Builder request, @Nullable Object body) throws InterruptedException {
        return send(request.header("Content-Type", "application/json").POST(body(body)));
    }

    HttpRequest.BodyPublisher body(@Nullable Object body) {
        try {
            return body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(url.resolve(path))
                .timeout(ANSWER)
                .header("Authorization", "Bearer " + token)
                .header("Accept", "application/json, application/problem+json");
    }

    String send(HttpRequest.Builder request) throws InterruptedException {
        try {
            HttpResponse<String> response =
                    http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            if (response.statusCode() / 100 == 2) {
                return response.body();
            }
            throw failed(response);
        } catch (IOException e) {
            throw new UnreachableException(
                    "the gateway at " + url + " can't be reached"
                            + (isUnknownHost(e) ? ": DNS doesn't know the host's name, or can't be reached" : ""),
                    e);
        }
    }

    private static boolean isUnknownHost(Throwable failure) {
        return failure instanceof UnresolvedAddressException
                || (failure.getCause() != null && isUnknownHost(failure.getCause()));
    }

    /** What a proxy before the gateway answers in its place, or the gateway while it starts or ends, is no refusal. */
    private RuntimeException failed(HttpResponse<String> response) {
        int status = response.statusCode();
        String answered = "the gateway at " + url + " answered with " + status;
        Problem problem = problem(response);
        if (problem == null && status < 500) {
            return new RefusedException(
                    Problem.of(ErrorCode.REQUEST_INVALID, "Error", answered).withStatus(status));
        }
        if (problem == null) {
            return new UnreachableException(answered, null);
        }
        return problem.code().equals(ErrorCode.SERVICE_UNAVAILABLE.name())
                ? UnreachableException.notNow(answered + ": " + problem.detail())
                : new RefusedException(problem);
    }

    private @Nullable Problem problem(HttpResponse<String> response) {
        try {
            Problem problem = Documents.read(response.body(), Problem.class, json);
            return problem.status() == response.statusCode() ? problem : null;
        } catch (IOException e) { // not from a gateway
            return null;
        }
    }

    static String encode(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        http.close();
    }
}
