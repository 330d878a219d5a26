package dev.millrace.standalone;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/**
 * A server that repeats whatever it was sent, credentials first of all, in every way in which it can fail. The second
 * segment of the path says how it behaves.
 */
final class EchoingServer implements AutoCloseable {
    /** In all that it repeats, and to be found: else a search for the other things would prove nothing. */
    static final String CONTROL = "control-of-the-search";

    private static final int LONG = 100_000;

    private final ObjectMapper json = ObjectMapper.getDefault();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch end = new CountDownLatch(1);
    private final Set<String> failedOnce = ConcurrentHashMap.newKeySet();
    private final String granted;
    private final String next;

    /**
     * @param granted token and cookie that it hands out
     * @param next refresh token that it hands out in the place of another
     */
    EchoingServer(String granted, String next) throws IOException {
        this.granted = granted;
        this.next = next;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                answer(exchange);
            }
        });
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String uri = exchange.getRequestURI().getRawPath();
        String echo = echo(exchange);
        String quoted = json.writeValueAsString(echo);
        String[] path = uri.split("/", -1);
        String sent = path[path.length - 1];
        switch (path[2]) {
            case "token" -> send(exchange, 200, Map.of("access_token", granted, "token_type", "Bearer", "echo", echo));
            case "token_replaced" ->
                send(exchange, 200, Map.of("access_token", granted, "refresh_token", next, "echo", echo));
            case "invalid_grant" ->
                send(exchange, 400, "application/json", "{\"error\": \"invalid_grant\", \"why\": " + quoted + "}");
            case "token_refused" -> send(exchange, 400, "text/plain", echo);
            case "token_malformed" -> send(exchange, 200, "application/json", "{\"access_token\": " + echo);
            case "token_of_a_kind" -> send(exchange, 200, Map.of("access_token", granted, "token_type", echo));
            case "token_without" -> send(exchange, 200, Map.of("error", echo));
            case "login" -> {
                exchange.getResponseHeaders().set("Set-Cookie", "SESSION=" + granted + "; Path=/");
                send(exchange, 200, Map.of("data", Map.of("token", granted), "echo", echo));
            }
            case "login_refused" -> send(exchange, 403, "text/plain", echo);
            case "login_without" -> send(exchange, 200, Map.of("data", echo));
            case "loaded" -> send(exchange, 200, List.of(Map.of("id", 1), Map.of("id", 2)));
            case "failing_once" -> {
                if (failedOnce.add(uri)) {
                    send(exchange, 503, "text/plain", echo);
                } else {
                    send(exchange, 200, List.of(Map.of("id", 1)));
                }
            }
            case "refused" -> send(exchange, 400, "text/plain", echo);
            case "refused_in_json" -> send(exchange, 404, "application/json", "{\"message\": " + quoted + "}");
            case "unauthorized" -> send(exchange, 401, "text/plain", echo);
            case "forbidden" -> send(exchange, 403, "text/plain", echo);
            case "broken" -> send(exchange, 500, "text/plain", echo);
            case "unavailable" -> send(exchange, 503, "text/plain", echo);
            case "limited" -> {
                exchange.getResponseHeaders().set("Retry-After", "3600");
                send(exchange, 429, "text/plain", echo);
            }
            case "limited_oddly" -> {
                exchange.getResponseHeaders().set("Retry-After", header(echo));
                send(exchange, 429, "text/plain", echo);
            }
            case "elsewhere" -> redirect(exchange, "http://" + sent + ".invalid/?" + encoded(echo));
            case "around" -> redirect(exchange, uri + "?" + encoded(echo));
            case "nowhere" -> redirect(exchange, "http://[" + header(echo));
            case "refused_there" -> redirect(exchange, uri.replace("refused_there", "refused") + "?" + encoded(echo));
            case "html" -> send(exchange, 200, "text/html", "<p>" + echo + "</p>");
            case "malformed" -> send(exchange, 200, "application/json", "[{\"id\": 1}, " + echo);
            case "malformed_at_once" -> send(exchange, 200, "application/json", echo);
            case "without_records" -> send(exchange, 200, "application/json", "{" + quoted + ": 1}");
            case "records_of_a_kind" -> send(exchange, 200, "application/json", "{\"rows\": " + quoted + "}");
            case "of_a_charset" -> send(exchange, 200, "application/json; charset=" + sent, "[]");
            case "of_an_encoding" -> {
                exchange.getResponseHeaders().set("Content-Encoding", header(echo));
                send(exchange, 200, "application/json", "[]");
            }
            case "damaged" -> {
                exchange.getResponseHeaders().set("Content-Encoding", "gzip");
                send(exchange, 200, "application/json", echo);
            }
            case "cut_off" -> {
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, LONG);
                exchange.getResponseBody().write(("[{\"id\": 1, \"echo\": " + quoted).getBytes(StandardCharsets.UTF_8));
                exchange.getResponseBody().flush();
            }
            case "silent" -> await();
            case "linked" -> {
                exchange.getResponseHeaders()
                        .set("Link", "<http://" + sent + ".invalid/?" + encoded(echo) + ">; rel=next");
                send(exchange, 200, List.of(Map.of("id", 1)));
            }
            case "linked_nowhere" ->
                send(exchange, 200, Map.of("rows", List.of(Map.of("id", 1)), "next", "http://[" + echo));
            case "paged" -> {
                boolean first = exchange.getRequestURI().getRawQuery() == null
                        || !exchange.getRequestURI().getRawQuery().contains("cursor=");
                send(
                        exchange,
                        200,
                        first
                                ? Map.of("rows", List.of(Map.of("id", 1)), "next", sent)
                                : Map.of("rows", List.of(Map.of("id", 2))));
            }
            case "paged_in_circles" -> send(exchange, 200, Map.of("rows", List.of(Map.of("id", 1)), "next", sent));
            case "paged_oddly" -> send(exchange, 200, Map.of("rows", List.of(), "next", Map.of(echo, echo)));
            default -> throw new IllegalArgumentException(uri);
        }
    }

    /** All that came, as it came, and in each of the ways in which servers write it. */
    private String echo(HttpExchange exchange) throws IOException {
        String headers = exchange.getRequestHeaders().values().stream()
                .flatMap(List::stream)
                .filter(value -> value.contains("mk") || value.startsWith("Basic"))
                .collect(Collectors.joining(" "));
        URI uri = exchange.getRequestURI();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        // what a redirect repeats has been through this already
        String query =
                String.valueOf(uri.getRawQuery()).contains(CONTROL) ? "" : uri.getRawQuery() + " " + uri.getQuery();
        String came = headers + " " + uri.getRawPath() + "?" + query + " " + body;
        return String.join(
                " ",
                CONTROL,
                came,
                encoded(came),
                json.writeValueAsString(came),
                Base64.getEncoder().encodeToString(came.getBytes(StandardCharsets.UTF_8)),
                Base64.getUrlEncoder().encodeToString(("1" + came).getBytes(StandardCharsets.UTF_8)));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Without what no header may have. */
    private static String header(String text) {
        return text.replaceAll("[^ -~]", "");
    }

    private static void redirect(HttpExchange exchange, String location) throws IOException {
        exchange.getResponseHeaders().set("Location", location);
        send(exchange, 302, "text/plain", "");
    }

    private void send(HttpExchange exchange, int status, Object body) throws IOException {
        send(exchange, status, "application/json", json.writeValueAsString(body));
    }

    private static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        ScriptedApi.send(exchange, status, type, body);
    }

    private void await() {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        end.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
