package dev.millrace.standalone.sample;

import com.sun.net.httpserver.HttpExchange;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A stand-in for the API of a school's information system, on a free port of the loopback. It behaves as such
 * systems do: hands out short-lived tokens, caps pages, nests its JSON, holds a few bad records ({@link
 * SampleRegistry}) and answers every seventh request with a 502. Safe for use by several threads.
 */
public final class SampleSchool implements AutoCloseable {
    /** Larger pages are never sent, whatever is asked. */
    static final int PAGE_CAP = 500;

    private static final int DEFAULT_PAGE = 100;

    private final ObjectMapper json = ObjectMapper.getDefault();
    private final InstantSource clock;
    private final Duration tokenLifetime;
    private final String clientId = "millrace-" + Secrets.random();
    private final String clientSecret = Secrets.random();
    private final Map<String, Instant> expiryOfTokens = new ConcurrentHashMap<>();
    private final SampleServer server;

    /**
     * Starts it.
     *
     * @param tokenLifetime of the tokens it hands out, whole seconds
     * @throws IOException when the loopback offers no port
     */
    public SampleSchool(InstantSource clock, Duration tokenLifetime) throws IOException {
        this.clock = clock;
        this.tokenLifetime = tokenLifetime;
        server = new SampleServer();
        server.on("/oauth/token", this::token);
        server.on("/api/students", exchange -> data(exchange, this::students));
        server.on("/api/school/terms", exchange -> data(exchange, query -> terms()));
        server.on("/api/school/yeargroups", exchange -> data(exchange, query -> yearGroups()));
        server.start();
    }

    /** Base URL, without a slash at its end. */
    public String url() {
        return server.url();
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
            server.answer(exchange, 405, Map.of("error", "method not allowed"));
        } else if (!"client_credentials".equals(form.get("grant_type"))) {
            server.answer(exchange, 400, Map.of("error", "unsupported_grant_type"));
        } else if (!authenticated(exchange, form)) {
            server.answer(exchange, 401, Map.of("error", "invalid_client"));
        } else {
            String token = Secrets.random();
            expiryOfTokens.put(token, clock.instant().plus(tokenLifetime));
            server.answer(
                    exchange,
                    200,
                    Map.of("access_token", token, "token_type", "Bearer", "expires_in", tokenLifetime.toSeconds()));
        }
    }

    private boolean authenticated(HttpExchange exchange, Map<String, String> form) {
        String basic = exchange.getRequestHeaders().getFirst("Authorization");
        if (basic == null) {
            return SampleServer.same(clientId, form.get("client_id"))
                    && SampleServer.same(clientSecret, form.get("client_secret"));
        }
        String expected = clientId + ":" + clientSecret;
        return SampleServer.same(
                "Basic " + Base64.getEncoder().encodeToString(expected.getBytes(StandardCharsets.UTF_8)), basic);
    }

    private void data(HttpExchange exchange, Collection collection) throws IOException {
        if (!exchange.getRequestMethod().equals("GET")) {
            server.answer(exchange, 405, Map.of("error", "method not allowed"));
        } else if (!authorized(exchange)) {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer error=\"invalid_token\"");
            server.answer(exchange, 401, Map.of("error", "the token is unknown or has expired"));
        } else if (!server.fails(exchange)) {
            String query = exchange.getRequestURI().getRawQuery();
            try {
                server.answer(exchange, 200, collection.answer(query == null ? Map.of() : pairs(query)));
            } catch (NumberFormatException e) {
                server.answer(exchange, 400, Map.of("error", "page and pageSize are numbers from 1"));
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

    @Override
    public void close() {
        server.close();
    }

    /** What a collection answers to the query's parameters. */
    private interface Collection {
        Map<String, Object> answer(Map<String, String> query);
    }
}
