package dev.millrace.testing.rounds;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * An API with a list for each endpoint, {@code GET /a0?page=1&pageSize=100}, of which there is another version in each
 * round. It misbehaves as it is told, but never says something wrong without showing it. Safe for use by several threads.
 */
final class Source implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, State> states = new ConcurrentHashMap<>();

    /** How it answers. */
    enum Mood {
        CALM,
        /** Each answer takes its time. */
        SLOW,
        /** Some answers are errors, break off or don't come. */
        FLAKY,
        /** From some page on there is nothing but errors. */
        BROKEN
    }

    private record State(Rows rows, Mood mood, Random random) {}

    Source() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    void set(String endpoint, Rows rows, Mood mood, long seed) {
        states.put(endpoint, new State(rows, mood, new Random(seed)));
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            State state = states.get(exchange.getRequestURI().getPath().substring(1));
            if (state == null) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            Map<String, String> query = Stream.of(
                            exchange.getRequestURI().getQuery().split("&", -1))
                    .map(parameter -> parameter.split("=", 2))
                    .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
            long page = Long.parseLong(query.getOrDefault("page", "1"));
            long size = Long.parseLong(query.getOrDefault("pageSize", "100"));
            byte[] body = page(state.rows(), (page - 1) * size, size);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            switch (state.mood()) {
                case CALM -> whole(exchange, body);
                case SLOW -> {
                    Thread.sleep(20 + state.random().nextInt(180));
                    whole(exchange, body);
                }
                case FLAKY -> flaky(exchange, body, state.random());
                case BROKEN -> {
                    if (page > 2) {
                        exchange.sendResponseHeaders(500, -1);
                    } else {
                        whole(exchange, body);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static byte[] page(Rows rows, long first, long size) {
        return LongStream.range(first, Math.min(first + size, rows.records()))
                .mapToObj(rows::record)
                .collect(Collectors.joining(",", "{\"count\":" + rows.records() + ",\"items\":[", "]}"))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void whole(HttpExchange exchange, byte[] body) throws IOException {
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
    }

    private static void flaky(HttpExchange exchange, byte[] body, Random random) throws IOException {
        switch (random.nextInt(25)) {
            case 0 -> exchange.sendResponseHeaders(503, -1);
            case 1 -> {
                exchange.getResponseHeaders().add("Retry-After", "0");
                exchange.sendResponseHeaders(429, -1);
            }
            case 2 -> {
                exchange.sendResponseHeaders(200, body.length); // and then only half of it
                exchange.getResponseBody().write(body, 0, body.length / 2);
            }
            case 3 -> {} // the connection ends without a word
            case 4 -> {
                byte[] half =
                        new String(body, 0, body.length / 2, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
                whole(exchange, half); // which is no JSON
            }
            default -> whole(exchange, body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
