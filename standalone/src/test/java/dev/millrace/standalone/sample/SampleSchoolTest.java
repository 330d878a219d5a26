package dev.millrace.standalone.sample;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SampleSchoolTest {
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private final ObjectMapper json = ObjectMapper.getDefault();
    private final HttpClient http = HttpClient.newHttpClient();
    private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
    private SampleSchool school;
    private Map<String, Object> credentials;

    @BeforeEach
    void start() throws IOException {
        school = new SampleSchool(now::get, Duration.ofSeconds(5));
        credentials = object(school.credentials());
    }

    @AfterEach
    void stop() {
        school.close();
        http.close();
    }

    @Test
    void handsOutTokensToItsOnlyClient() throws Exception {
        assertThat(token(text("CLIENT_ID"), text("CLIENT_SECRET")).statusCode()).isEqualTo(200);
        assertThat(token(text("CLIENT_ID"), "wrong").statusCode()).isEqualTo(401);
        assertThat(token("wrong", text("CLIENT_SECRET")).statusCode()).isEqualTo(401);
        assertThat(get("/api/students", "wrong").statusCode()).isEqualTo(401);
    }

    @Test
    void makesNewCredentialsWithEachStart() throws IOException {
        try (SampleSchool other = new SampleSchool(now::get, Duration.ofSeconds(5))) {
            assertThat(object(other.credentials()).get("CLIENT_SECRET")).isNotEqualTo(text("CLIENT_SECRET"));
        }
    }

    @Test
    void refusesATokenThatHasExpired() throws Exception {
        String token = token();
        now.set(NOON.plusSeconds(4));
        assertThat(get("/api/school/terms", token).statusCode()).isEqualTo(200);
        now.set(NOON.plusSeconds(5));
        assertThat(get("/api/school/terms", token).statusCode()).isEqualTo(401);
    }

    @Test
    void capsPagesAndHandsOutAllStudentsOverThem() throws Exception {
        String token = token();
        Set<Object> codes = new HashSet<>();
        int withoutId = 0;
        List<Integer> sizes = new ArrayList<>();
        for (int page = 1; page <= 11; page++) {
            Map<String, Object> answer = retried("/api/students?page=" + page + "&pageSize=1000", token);
            assertThat(answer).containsEntry("totalCount", 5000);
            List<?> students = (List<?>) requireNonNull(answer.get("students"));
            sizes.add(students.size());
            for (Object student : students) {
                codes.add(requireNonNull(((Map<?, ?>) student).get("schoolCode")));
                withoutId += ((Map<?, ?>) student).containsKey("id") ? 0 : 1;
            }
        }
        assertThat(sizes).containsExactly(500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 0);
        assertThat(codes).hasSize(5000);
        assertThat(withoutId).isEqualTo(2);
    }

    @Test
    void answersEverySeventhRequestWithABadGateway() throws Exception {
        String token = token();
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 14; i++) {
            statuses.add(get("/api/school/yeargroups", token).statusCode());
        }
        assertThat(statuses).containsExactly(200, 200, 200, 200, 200, 200, 502, 200, 200, 200, 200, 200, 200, 502);
    }

    @Test
    void refusesPagesThatAreNoNumbers() throws Exception {
        String token = token();
        assertThat(get("/api/students?page=0", token).statusCode()).isEqualTo(400);
        assertThat(get("/api/students?pageSize=many", token).statusCode()).isEqualTo(400);
    }

    @Test
    void holdsTheSameRecordsEachTime() throws Exception {
        String page = get("/api/students?page=9&pageSize=500", token()).body();
        try (SampleSchool other = new SampleSchool(now::get, Duration.ofSeconds(5))) {
            school.close();
            school = other;
            credentials = object(other.credentials());
            assertThat(object(get("/api/students?page=9&pageSize=500", token()).body()))
                    .isEqualTo(object(page));
        }
    }

    private String text(String field) {
        return String.valueOf(credentials.get(field));
    }

    private String token() throws IOException, InterruptedException {
        return String.valueOf(
                object(token(text("CLIENT_ID"), text("CLIENT_SECRET")).body()).get("access_token"));
    }

    private HttpResponse<String> token(String id, String secret) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(text("TOKEN_URL")))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "grant_type=client_credentials&client_id=" + id + "&client_secret=" + secret))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path, String token) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(text("API_BASE_URL") + path))
                        .header("Authorization", "Bearer " + token)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private Map<String, Object> retried(String path, String token) throws IOException, InterruptedException {
        HttpResponse<String> response = get(path, token);
        return object((response.statusCode() == 502 ? get(path, token) : response).body());
    }

    private Map<String, Object> object(String text) throws IOException {
        return requireNonNull(json.readValue(text, Argument.mapOf(String.class, Object.class)));
    }
}
