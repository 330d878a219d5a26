package dev.millrace.standalone.sample;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SampleEventsTest {
    private static final LocalDate DAY = LocalDate.of(2026, 1, 31);

    private final ObjectMapper json = ObjectMapper.getDefault();
    private final HttpClient http = HttpClient.newHttpClient();
    private SampleEvents events;
    private String key = "";

    @BeforeEach
    void start() throws IOException {
        events = new SampleEvents(() -> Instant.parse("2026-01-31T12:00:00Z"));
        key = String.valueOf(
                requireNonNull(json.readValue(events.credentials(), Argument.mapOf(String.class, Object.class)))
                        .get("API_KEY"));
    }

    @AfterEach
    void stop() {
        events.close();
        http.close();
    }

    static List<String> types() {
        return SampleDocuments.TYPES;
    }

    private static String body(String type, int limit, @Nullable String after) {
        return "{\"type\": \"" + type + "\", \"created\": \"" + DAY + "\", \"limit\": " + limit
                + (after == null ? "" : ", \"starting_after\": \"" + after + "\"") + "}";
    }

    private HttpResponse<String> post(String body, String key) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(events.url() + "/data"))
                        .header("x-api-key", key)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private List<Map<String, Object>> page(String body) throws IOException, InterruptedException {
        HttpResponse<String> response = post(body, key);
        if (response.statusCode() == 502) {
            response = post(body, key);
        }
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return requireNonNull(
                json.readValue(response.body(), Argument.listOf(Argument.mapOf(String.class, Object.class))));
    }

    private List<Map<String, Object>> all(String type, int limit) throws IOException, InterruptedException {
        List<Map<String, Object>> all = new ArrayList<>();
        String after = null;
        for (List<Map<String, Object>> page = page(body(type, limit, null));
                !page.isEmpty();
                page = page(body(type, limit, after))) {
            assertThat(page).hasSizeLessThanOrEqualTo(limit);
            all.addAll(page);
            after = String.valueOf(page.getLast().get("id"));
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("types")
    void handsOutADayOfEachTypePageAfterPage(String type) throws Exception {
        List<Map<String, Object>> all = all(type, 100);

        assertThat(all).hasSize(SampleDocuments.count(type, DAY)).isEqualTo(all(type, 33));
        assertThat(all).extracting(document -> document.get("id")).doesNotHaveDuplicates();
        long start = DAY.atStartOfDay().toEpochSecond(ZoneOffset.UTC);
        assertThat(all)
                .allSatisfy(document -> assertThat(((Number) requireNonNull(document.get("created"))).longValue())
                        .isBetween(start, start + 86_399));
    }

    @Test
    void hasDaysWithoutDocuments() {
        assertThat(DAY.datesUntil(DAY.plusDays(100))).anyMatch(day -> SampleDocuments.count("dispute", day) == 0);
    }

    @Test
    void refusesAnotherKeyAndAnotherMethod() throws Exception {
        assertThat(post(body("charge", 10, null), "wrong").statusCode()).isEqualTo(403);
        assertThat(http.send(
                                HttpRequest.newBuilder(URI.create(events.url() + "/data"))
                                        .header("x-api-key", key)
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(405);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no JSON",
                "",
                "[]",
                "{\"type\": \"charge\", \"created\": \"2026-01-31\"}",
                "{\"type\": \"charge\", \"created\": \"2026-01-31\", \"limit\": 9}",
                "{\"type\": \"charge\", \"created\": \"2026-01-31\", \"limit\": 101}",
                "{\"type\": \"charge\", \"created\": \"2026-02-30\", \"limit\": 10}",
                "{\"type\": \"charge\", \"created\": \"today\", \"limit\": 10}",
                "{\"type\": \"invoice\", \"created\": \"2026-01-31\", \"limit\": 10}",
                "{\"type\": \"charge\", \"created\": \"2026-01-31\", \"limit\": 10, \"starting_after\": \"ch_1\"}"
            })
    void refusesRequestsThatMakeNoSense(String body) throws Exception {
        assertThat(post(body, key).statusCode()).isEqualTo(400);
    }

    @Test
    void answersEverySeventhRequestWithABadGateway() throws Exception {
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 14; i++) {
            statuses.add(post(body("event", 10, null), key).statusCode());
        }
        assertThat(statuses).containsExactly(200, 200, 200, 200, 200, 200, 502, 200, 200, 200, 200, 200, 200, 502);
    }
}
