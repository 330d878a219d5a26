package dev.millrace.standalone.cloud.verify;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * Stands between a service and Google, on the loopback: passes calls and answers on unchanged, remembers what was
 * called, and lets something happen at a call when that was ordered. Safe for use by several threads.
 */
final class Relay implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Pattern JOB = Pattern.compile("\"jobId\"\\s*:\\s*\"([^\"]+)\"");

    private static final Pattern DRY_RUN = Pattern.compile("\"dryRun\"\\s*:\\s*true");

    /** Of one connection, not of the message; the client library sets its own. */
    private static final Set<String> HOP_BY_HOP =
            Set.of("connection", "content-length", "expect", "host", "http2-settings", "transfer-encoding", "upgrade");

    private final HttpServer server;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final URI storage;
    private final URI bigquery;
    private final List<Call> calls = new ArrayList<>();
    private final List<Order> orders = new ArrayList<>();

    /**
     * A call that a service made.
     *
     * @param path with its query
     * @param job id of the job that it makes, empty when it makes none
     */
    record Call(String method, String path, String job) {
        /** Whether it may change something. */
        boolean changes() {
            return !method.equals("GET");
        }
    }

    /** What happens at a call. */
    sealed interface Event {
        /** Before Google hears of it. */
        record Before(Runnable action) implements Event {}

        /** When Google has answered, and before the service hears of that. */
        record After(Runnable action) implements Event {}

        /** Google has answered, and the service never hears of that. */
        record LostAnswer() implements Event {}
    }

    private static final class Order {
        private final Predicate<Call> which;
        private final Event event;
        private int skip;

        Order(Predicate<Call> which, int skip, Event event) {
            this.which = which;
            this.skip = skip;
            this.event = event;
        }
    }

    /** Passes calls on to the two hosts. */
    Relay(URI storage, URI bigquery) throws IOException {
        this.storage = storage;
        this.bigquery = bigquery;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** What the service takes for Google. */
    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** In the order in which they came, since the start. */
    synchronized List<Call> calls() {
        return List.copyOf(calls);
    }

    /**
     * Lets something happen at one call, once.
     *
     * @param skip calls of the kind that are left alone before
     */
    synchronized void at(Predicate<Call> which, int skip, Event event) {
        orders.add(new Order(which, skip, event));
    }

    /** Whether all that was ordered has happened, or begun to. */
    synchronized boolean isDone() {
        return orders.isEmpty();
    }

    /** Takes back what has not happened yet. */
    synchronized void clear() {
        orders.clear();
    }

    private synchronized @Nullable Event arrived(Call call) {
        calls.add(call);
        for (Iterator<Order> all = orders.iterator(); all.hasNext(); ) {
            Order order = all.next();
            if (order.which.test(call)) {
                if (order.skip == 0) {
                    all.remove();
                    return order.event;
                }
                order.skip--;
            }
        }
        return null;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) { // closed without an answer, its connection is cut
            byte[] body = exchange.getRequestBody().readAllBytes();
            Call call = call(exchange, body);
            Event event = arrived(call);
            if (event instanceof Event.Before before) {
                before.action().run();
            }
            HttpResponse<byte[]> answer = pass(exchange, body);
            if (event instanceof Event.After after) {
                after.action().run();
            } else if (event instanceof Event.LostAnswer) {
                return;
            }
            answer.headers().map().forEach((name, values) -> {
                if (!HOP_BY_HOP.contains(name.toLowerCase(Locale.ROOT))) {
                    exchange.getResponseHeaders().put(name, values);
                }
            });
            int length = answer.body().length;
            exchange.sendResponseHeaders(answer.statusCode(), length == 0 ? -1 : length);
            exchange.getResponseBody().write(answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Call call(HttpExchange exchange, byte[] body) throws IOException {
        String path = exchange.getRequestURI().toString();
        String job = "";
        if (exchange.getRequestMethod().equals("POST") && path.matches(".*/jobs(\\?.*)?")) {
            boolean compressed = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            try (InputStream in =
                    compressed ? new GZIPInputStream(new ByteArrayInputStream(body)) : new ByteArrayInputStream(body)) {
                String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                Matcher id = JOB.matcher(text);
                job = id.find() && !DRY_RUN.matcher(text).find() ? id.group(1) : "";
            }
        }
        return new Call(exchange.getRequestMethod(), path, job);
    }

    private HttpResponse<byte[]> pass(HttpExchange exchange, byte[] body) throws IOException, InterruptedException {
        URI host = exchange.getRequestURI().getPath().startsWith("/bigquery/") ? bigquery : storage;
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(host.toString() + exchange.getRequestURI()))
                .timeout(PATIENCE)
                .method(
                        exchange.getRequestMethod(),
                        body.length == 0
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body));
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (!HOP_BY_HOP.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
            }
        });
        return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        http.shutdownNow();
    }
}
