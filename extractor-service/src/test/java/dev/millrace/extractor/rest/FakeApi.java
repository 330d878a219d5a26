package dev.millrace.extractor.rest;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.pipeline.rest.Request;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.pipeline.rest.Retry;
import dev.millrace.task.CommittedCursor;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** An API of somebody else, over real HTTP, that does what a test tells it. */
final class FakeApi implements AutoCloseable {
    static final Retry RETRY =
            new Retry(List.of("429", "502", "503", "504"), 3, Duration.ofMillis(1), Duration.ofSeconds(5));

    /** Nothing is said about the end of a list. */
    static final Pagination.Ends ENDS = ends(null, null);

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<String> requests = new CopyOnWriteArrayList<>();

    interface Behaviour {
        void answer(HttpExchange exchange, int number) throws IOException;
    }

    /** @param behaviour gets the number of the request, from 1 */
    FakeApi(Behaviour behaviour) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            int number;
            synchronized (requests) {
                requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
                number = requests.size();
            }
            try (exchange) {
                behaviour.answer(exchange, number);
            }
        });
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Methods and paths of all requests so far. */
    List<String> requests() {
        return requests;
    }

    static void json(HttpExchange exchange, String body) throws IOException {
        send(exchange, 200, "application/json", body.getBytes(StandardCharsets.UTF_8));
    }

    static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    static void error(HttpExchange exchange, int status, String body) throws IOException {
        send(exchange, status, "text/plain", body.getBytes(StandardCharsets.UTF_8));
    }

    static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        for (String pair : raw == null ? new String[0] : raw.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            query.put(
                    URLDecoder.decode(parts[0], StandardCharsets.UTF_8),
                    URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return query;
    }

    static int page(HttpExchange exchange) {
        return Integer.parseInt(query(exchange).getOrDefault("page", "1"));
    }

    RestSource source(Auth auth) {
        return new RestSource(
                url(),
                auth,
                Map.of(),
                RETRY,
                null,
                Duration.ofSeconds(20),
                List.of(),
                List.of(),
                RestSource.Redirects.OWN,
                null);
    }

    /** Reads one answer with the records at the path. */
    Work.Extract single(@Nullable String records) {
        return work(source(new Auth.None()), records, new Pagination.None());
    }

    Work.Extract paged(@Nullable String records, @Nullable String total) {
        return work(source(new Auth.None()), records, pages(total));
    }

    static Pagination.Page pages(@Nullable String total) {
        return pages(total, 1);
    }

    static Pagination.Page pages(@Nullable String total, int parallel) {
        return new Pagination.Page("page", "pageSize", 1000, 1, 1, 1_000_000, parallel, ends(null, total));
    }

    static Pagination.Offset offsets(String offset, String size, int batch, int first, @Nullable String total) {
        return new Pagination.Offset(
                offset, size, batch, first, 1, 1_000_000, 1, Pagination.Offset.Step.RECORDS, ends(null, total));
    }

    static Pagination.Cursor cursor(
            Pagination.Cursor.From from,
            String cursor,
            Pagination.Cursor.In in,
            String parameter,
            @Nullable String hasMore) {
        return new Pagination.Cursor(from, cursor, in, parameter, null, null, 1, 1_000_000, ends(hasMore, null));
    }

    /** @param keys of an endpoint beside its destination and schema, as a pipeline file has them */
    Work.Extract endpoint(String keys) {
        return endpoint("", keys);
    }

    /**
     * Reads what is new.
     *
     * @param keys likewise
     * @param committed the cursor of the ledger
     */
    Work.ExtractIncrement increment(String keys, boolean full, @Nullable String committed) {
        return new Work.ExtractIncrement(endpoint("", "merge, keys: [id]", keys), full, new CommittedCursor(committed));
    }

    /** @param sourceKeys of the source beside its type and URL, likewise; each on a line */
    Work.Extract endpoint(String sourceKeys, String keys) {
        return endpoint(sourceKeys, "replace", keys);
    }

    private Work.Extract endpoint(String sourceKeys, String write, String keys) {
        String file = """
                version: 1
                name: sample
                source:
                  type: rest
                  baseUrl: %s
                  retry: {attempts: 3, delay: 1ms, maxDelay: 5s}
                %s
                endpoints:
                  rows:
                    destination: {table: sample.rows, write: %s}
                    schema: [{name: id, type: INTEGER, mode: REQUIRED}]
                %s
                """.formatted(url(), sourceKeys.indent(2), write, keys.indent(4));
        Pipeline pipeline = switch (PipelineReader.read("sample", file)) {
            case PipelineReader.Result.Valid valid -> valid.pipeline();
            case PipelineReader.Result.Invalid invalid -> throw new AssertionError(invalid + file);
        };
        Endpoint endpoint = requireNonNull(pipeline.endpoints().get("rows"));
        return new Work.Extract(pipeline.source(), endpoint.read(), List.of(), Work.Parts.TO_TRANSFORM);
    }

    static Pagination.Ends ends(@Nullable String hasMore, @Nullable String total) {
        return new Pagination.Ends(
                hasMore, null, total, null, null, null, null, Pagination.Ends.Repeats.FAIL, null, 100_000_000);
    }

    static Work.Extract work(RestSource source, @Nullable String records, Pagination pagination) {
        return new Work.Extract(
                source,
                new RestRead(request("/api/rows", Map.of(), null), records, pagination),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    static Request request(String path, Map<String, String> query, @Nullable String body) {
        return new Request(
                path,
                query,
                Map.of(),
                body,
                false,
                Missing.FAIL,
                Request.Errors.FAIL,
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
