package dev.millrace.standalone.sample;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** The part that the stand-ins share: a server on a free port of the loopback, JSON, and a bad day now and then. */
final class SampleServer implements AutoCloseable {
    private static final int FAILING = 7;

    private final ObjectMapper json = ObjectMapper.getDefault();
    private final AtomicLong requests = new AtomicLong();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;

    /** @throws IOException when the loopback offers no port */
    SampleServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        on("/", exchange -> answer(exchange, 404, Map.of("error", "not found")));
    }

    void on(String path, HttpHandler handler) {
        server.createContext(path, exchange -> {
            try (exchange) {
                handler.handle(exchange);
            }
        });
    }

    void start() {
        server.start();
    }

    /** Base URL, without a slash at its end. */
    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Answers every seventh request with a 502, as an overloaded gateway does, in HTML. */
    boolean fails(HttpExchange exchange) throws IOException {
        if (requests.incrementAndGet() % FAILING != 0) {
            return false;
        }
        answer(exchange, 502, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>");
        return true;
    }

    void answer(HttpExchange exchange, int status, Object body) throws IOException {
        answer(exchange, status, "application/json", json.writeValueAsString(body));
    }

    void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        answer(exchange, status, type, body.getBytes(StandardCharsets.UTF_8));
    }

    void answer(HttpExchange exchange, int status, String type, byte[] bytes) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    /** Whether a credential is the expected one, in a time that doesn't tell how much of it is right. */
    static boolean same(String expected, @Nullable String given) {
        return given != null
                && MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
