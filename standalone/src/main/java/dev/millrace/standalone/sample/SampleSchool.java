package dev.millrace.standalone.sample;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A stand-in for the API of a school's information system, on a free port of the loopback. It behaves as such
 * systems do: hands out short-lived tokens, caps pages, nests its JSON, holds a few bad records ({@link
 * SampleRegistry}) and answers every seventh request with a 502. Safe for use by several threads.
 */
public final class SampleSchool implements AutoCloseable {
    /** Larger pages are never sent, whatever is asked. */
    static final int PAGE_CAP = 500;

    private static final int DEFAULT_PAGE = 100;
    private static final int FAILING = 7;

    private final ObjectMapper json = ObjectMapper.getDefault();
    private final InstantSource clock;
    private final Duration tokenLifetime;
    private final String clientId = "millrace-" + Secrets.random();
    private final String clientSecret = Secrets.random();
    private final Map<String, Instant> expiryOfTokens = new ConcurrentHashMap<>();
    private final AtomicLong requests = new AtomicLong();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;

    /**
     * Starts it.
     *
     * @param tokenLifetime of the tokens it hands out, whole seconds
     * @throws IOException when the loopback offers no port
     */
    public SampleSchool(InstantSource clock, Duration tokenLifetime) throws IOException {
        this.clock = clock;
        this.tokenLifetime = tokenLifetime;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> answer(exchange, Map.of("error", "not found"), 404));
        server.createContext("/oauth/token", this::token);
        server.createContext("/api/students", exchange -> data(exchange, this::students));
        server.createContext("/api/school/terms", exchange -> data(exchange, query -> terms()));
        server.createContext("/api/school/yeargroups", exchange -> data(exchange, query -> yearGroups()));
        server.start();
    }

    /** Base URL, without a slash at its end. */
    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** The secret {@code isams_api_credentials} that opens this API: JSON, made anew with each start. */
    public String credentials() throws IOException {
        return json.writeValueAsString(Map.of(
                "CLIENT_ID",
                clientId,
                "CLIENT_SECRET",
                clientSecret,
                "TOKEN_URL",
                url() + "/oauth/token",
                "API_BASE_URL",
                url()));
    }

    /** RFC 6749, section 4.4, with the client's credentials in the form or as basic authentication. */
    private void token(HttpExchange exchange) throws IOException {
        Map<String, String> form = pairs(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        if (!exchange.getRequestMethod().equals("POST")) {
            answer(exchange, Map.of("error", "method not allowed"), 405);
        } else if (!"client_credentials".equals(form.get("grant_type"))) {
            answer(exchange, Map.of("error", "unsupported_grant_type"), 400);
        } else if (!authenticated(exchange, form)) {
            answer(exchange, Map.of("error", "invalid_client"), 401);
        } else {
            String token = Secrets.random();
            expiryOfTokens.put(token, clock.instant().plus(tokenLifetime));
            answer(
                    exchange,
                    Map.of("access_token", token, "token_type", "Bearer", "expires_in", tokenLifetime.toSeconds()),
                    200);
        }
    }

    private boolean authenticated(HttpExchange exchange, Map<String, String> form) {
        String basic = exchange.getRequestHeaders().getFirst("Authorization");
        if (basic == null) {
            return same(clientId, form.get("client_id")) && same(clientSecret, form.get("client_secret"));
        }
        String expected = clientId + ":" + clientSecret;
        return same("Basic " + Base64.getEncoder().encodeToString(expected.getBytes(StandardCharsets.UTF_8)), basic);
    }

    private static boolean same(String expected, @Nullable String given) {
        return given != null
                && MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    private void data(HttpExchange exchange, Collection collection) throws IOException {
        if (!exchange.getRequestMethod().equals("GET")) {
            answer(exchange, Map.of("error", "method not allowed"), 405);
        } else if (!authorized(exchange)) {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer error=\"invalid_token\"");
            answer(exchange, Map.of("error", "the token is unknown or has expired"), 401);
        } else if (requests.incrementAndGet() % FAILING == 0) {
            answer(exchange, "<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html", 502);
        } else {
            String query = exchange.getRequestURI().getRawQuery();
            try {
                answer(exchange, collection.answer(query == null ? Map.of() : pairs(query)), 200);
            } catch (NumberFormatException e) {
                answer(exchange, Map.of("error", "page and pageSize are numbers from 1"), 400);
            }
        }
    }

    private boolean authorized(HttpExchange exchange) {
        String header = exchange.getRequestHeaders().getFirst("Authorization");
        Instant expiry = header != null && header.startsWith("Bearer ")
                ? expiryOfTokens.get(header.substring("Bearer ".length()))
                : null;
        return expiry != null && clock.instant().isBefore(expiry);
    }

    private Map<String, Object> students(Map<String, String> query) {
        int page = positive(query.getOrDefault("page", "1"));
        int size = Math.min(PAGE_CAP, positive(query.getOrDefault("pageSize", String.valueOf(DEFAULT_PAGE))));
        List<Map<String, Object>> students = SampleRegistry.students((long) (page - 1) * size, size);
        return Map.of("students", students, "page", page, "pageSize", size, "totalCount", SampleRegistry.STUDENTS);
    }

    private static int positive(String text) {
        int number = Integer.parseInt(text);
        if (number < 1) {
            throw new NumberFormatException(text);
        }
        return number;
    }

    private static Map<String, Object> terms() {
        return Map.of("terms", SampleRegistry.terms());
    }

    private static Map<String, Object> yearGroups() {
        return Map.of("yearGroups", SampleRegistry.yearGroups());
    }

    private static Map<String, String> pairs(String encoded) {
        Map<String, String> pairs = new HashMap<>();
        for (String pair : encoded.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                pairs.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
            }
        }
        return pairs;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private void answer(HttpExchange exchange, Map<String, Object> body, int status) throws IOException {
        answer(exchange, json.writeValueAsString(body), "application/json", status);
    }

    private static void answer(HttpExchange exchange, String body, String type, int status) throws IOException {
        try (exchange) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** What a collection answers to the query's parameters. */
    private interface Collection {
        Map<String, Object> answer(Map<String, String> query);
    }
}
