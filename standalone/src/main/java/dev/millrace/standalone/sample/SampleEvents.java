package dev.millrace.standalone.sample;

import com.sun.net.httpserver.HttpExchange;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/**
 * A stand-in for an API that hands out the documents of a day by type, on a free port of the loopback. One POST to
 * {@code /data} names {@code type}, {@code created} (a day) or {@code since} (a second since 1970, for what was created
 * from then on, of the last three days and until now), {@code limit} (10 to 100) and, but for the first page,
 * {@code starting_after}, the id of the last document that came; the answer is an array. The key is in {@code
 * x-api-key}. Every seventh request is answered with a 502. Safe for use by several threads.
 */
public final class SampleEvents implements AutoCloseable {
    private static final int SMALLEST_PAGE = 10;
    private static final int LARGEST_PAGE = 100;
    private static final long DAYS_KEPT = 3;

    private final ObjectMapper json = ObjectMapper.getDefault();
    private final String key = Secrets.random();
    private final SampleDocuments documents = new SampleDocuments();
    private final InstantSource clock;
    private final SampleServer server;

    /**
     * Starts it.
     *
     * @param clock that says what is there already
     * @throws IOException when the loopback offers no port
     */
    public SampleEvents(InstantSource clock) throws IOException {
        this.clock = clock;
        server = new SampleServer();
        server.on("/data", this::data);
        server.start();
    }

    /** Base URL, without a slash at its end. */
    public String url() {
        return server.url();
    }

    /** The secret {@code event_api} that opens this API: JSON, made anew with each start. */
    public String credentials() throws IOException {
        return json.writeValueAsString(Map.of("API_BASE_URL", url(), "API_KEY", key));
    }

    private void data(HttpExchange exchange) throws IOException {
        if (!exchange.getRequestMethod().equals("POST")) {
            server.answer(exchange, 405, Map.of("message", "POST is the only method"));
        } else if (!SampleServer.same(key, exchange.getRequestHeaders().getFirst("x-api-key"))) {
            server.answer(exchange, 403, Map.of("message", "the key in x-api-key is missing or wrong"));
        } else if (!server.fails(exchange)) {
            try {
                server.answer(exchange, 200, page(exchange.getRequestBody().readAllBytes()));
            } catch (IllegalArgumentException e) {
                server.answer(exchange, 400, Map.of("message", String.valueOf(e.getMessage())));
            }
        }
    }

    /** @throws IllegalArgumentException when the request asks for something that there is not */
    private List<Map<String, Object>> page(byte[] body) {
        Map<String, Object> request = object(body);
        String type = text(request, "type");
        if (type == null || !SampleDocuments.TYPES.contains(type)) {
            throw new IllegalArgumentException(
                    "type: " + type + " (expected: one of " + String.join(", ", SampleDocuments.TYPES) + ")");
        }
        Object limit = request.get("limit");
        if (!(limit instanceof Integer size) || size < SMALLEST_PAGE || size > LARGEST_PAGE) {
            throw new IllegalArgumentException(
                    "limit: " + limit + " (expected: " + SMALLEST_PAGE + " to " + LARGEST_PAGE + ")");
        }
        String after = text(request, "starting_after");
        if (request.get("since") instanceof Number since) {
            Instant now = clock.instant();
            LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
            List<LocalDate> days =
                    today.minusDays(DAYS_KEPT - 1).datesUntil(today.plusDays(1)).toList();
            return documents.page(type, days, since.longValue(), now.getEpochSecond(), after, size);
        }
        return documents.page(type, day(text(request, "created")), after, size);
    }

    private Map<String, Object> object(byte[] body) {
        try {
            Map<String, Object> object = json.readValue(body, Argument.mapOf(String.class, Object.class));
            if (object != null) {
                return object;
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("the body is no JSON object", e);
        }
        throw new IllegalArgumentException("the body is empty");
    }

    private static @Nullable String text(Map<String, Object> request, String field) {
        return request.get(field) instanceof String text ? text : null;
    }

    private static LocalDate day(@Nullable String text) {
        try {
            return LocalDate.parse(String.valueOf(text));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("created: " + text + " (expected: a day such as 2026-01-31)", e);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
