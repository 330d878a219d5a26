package dev.millrace.gateway;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Somebody who is told by webhooks, over real HTTP. */
final class WebhookDouble implements AutoCloseable {
    private final HttpServer server;
    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private final List<String> paths = new CopyOnWriteArrayList<>();
    private final AtomicInteger refusals = new AtomicInteger();

    WebhookDouble() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::take);
        server.start();
    }

    record Request(String id, String timestamp, String signature, String body, int status) {
        JsonNode json() {
            try {
                return Objects.requireNonNull(ObjectMapper.getDefault().readValue(body, Argument.of(JsonNode.class)));
            } catch (IOException e) {
                throw new AssertionError(body, e);
            }
        }

        String type() {
            return Objects.requireNonNull(json().get("type")).getStringValue();
        }
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    /** The next requests are answered with 503. */
    void refuse(int next) {
        refusals.set(next);
    }

    Request next() throws InterruptedException {
        Request next = requests.poll(60, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nothing came within 60 s");
        }
        return next;
    }

    /** Of all requests so far. */
    List<String> paths() {
        return paths;
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            int status = refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0 ? 503 : 204;
            paths.add(exchange.getRequestURI().getPath());
            requests.add(new Request(
                    header(exchange, "webhook-id"),
                    header(exchange, "webhook-timestamp"),
                    header(exchange, "webhook-signature"),
                    body,
                    status));
            exchange.sendResponseHeaders(status, -1);
        }
    }

    private static String header(HttpExchange exchange, String name) {
        return Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst(name), "");
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
