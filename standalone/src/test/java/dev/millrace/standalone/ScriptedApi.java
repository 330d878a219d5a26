package dev.millrace.standalone;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** An API on a free port of the loopback that answers as a test says, path by path. */
final class ScriptedApi implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();

    ScriptedApi() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    /** How a path is answered. */
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** From now on, for each request of the path. */
    void on(String path, Answer answer) {
        answers.put(path, answer);
    }

    void forgetRequests() {
        requests.clear();
    }

    /** Method and URI of all requests for the path so far. */
    List<String> requests(String path) {
        return requests.stream()
                .filter(request -> request.matches("[A-Z]+ \\Q" + path + "\\E(\\?.*)?"))
                .toList();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            Answer answer = answers.get(exchange.getRequestURI().getPath());
            if (answer == null) {
                send(exchange, 404, "text/plain", "no such path");
            } else {
                answer.to(exchange);
            }
        }
    }

    static Answer json(String body) {
        return exchange -> send(exchange, 200, "application/json", body);
    }

    static Answer error(int status, String type, String body) {
        return exchange -> send(exchange, status, type, body);
    }

    /** Pages of {@code cap} records at most, whatever is asked, from {@link #records}. */
    static Answer pages(long count, int cap) {
        return exchange -> {
            long page = parameter(exchange, "page");
            long size = Math.min(cap, parameter(exchange, "pageSize"));
            send(
                    exchange,
                    200,
                    "application/json",
                    records(Math.min(count, (page - 1) * size) + 1, Math.min(count, page * size)));
        };
    }

    /** An array of {@code {"id": n, "name": "name n"}}. */
    static String records(long from, long to) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(id -> "{\"id\": " + id + ", \"name\": \"name " + id + "\"}")
                .collect(Collectors.joining(", ", "[", "]"));
    }

    static long parameter(HttpExchange exchange, String name) {
        String value = query(exchange).get(name);
        if (value == null) {
            throw new IllegalArgumentException(exchange.getRequestURI() + " lacks " + name);
        }
        return Long.parseLong(value);
    }

    /** The parameters of the query, decoded, in their order. */
    static Map<String, String> query(HttpExchange exchange) {
        return query(exchange.getRequestURI());
    }

    static Map<String, String> query(URI uri) {
        Map<String, String> query = new LinkedHashMap<>();
        String raw = uri.getRawQuery();
        if (raw != null) {
            for (String pair : raw.split("&", -1)) {
                String[] parts = pair.split("=", 2);
                query.put(
                        URLDecoder.decode(parts[0], StandardCharsets.UTF_8),
                        URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
            }
        }
        return query;
    }

    static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getRequestBody().readAllBytes();
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
