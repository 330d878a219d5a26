package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** R4.6: objects that arrive in a bucket start runs, whatever the run database. */
abstract class EventsContract extends GatewayTests {
    private static final String STORAGE = "/api/v1/events/storage";
    private static final String AUDIENCE = "https://millrace.example.com/api/v1/events/storage";
    private static final String SENDER = "push@my-project.iam.gserviceaccount.com";
    private static final String PIPELINE = """
            version: 1
            name: reports
            source: {type: rest, baseUrl: "http://127.0.0.1:1"}
            endpoints:
              sheets:
                request: {path: /sheets}
                destination: {table: reports.sheets, write: append}
                trigger: {bucket: uploads, prefix: reports/, suffix: .xlsx}
                schema: [{name: id, type: INTEGER}]
              everything:
                request: {path: /everything}
                destination: {table: reports.everything, write: append}
                trigger: {bucket: lake}
                schema: [{name: id, type: INTEGER}]
            """;

    private GoogleKeys google;
    private GatewayUnderTest gateway;

    EventsContract() {
        super("reports", PIPELINE);
    }

    @BeforeAll
    final void makeKeys() throws IOException {
        google = new GoogleKeys();
    }

    @AfterAll
    final void forgetKeys() {
        google.close();
    }

    @BeforeEach
    final void open() {
        gateway = gateway(trusting(google));
    }

    private static Map<String, Object> trusting(GoogleKeys google) {
        return Map.of(
                "millrace.gateway.events.audience",
                AUDIENCE,
                "millrace.gateway.events.senders",
                SENDER,
                "millrace.gateway.events.certificates",
                google.certificates().toString());
    }

    /** A message as Pub/Sub pushes it, https://cloud.google.com/pubsub/docs/push#receive_push */
    private static String message(String id, String type, String bucket, String object, String generation) {
        return """
                {"deliveryAttempt": 5,
                 "message": {
                   "attributes": {"notificationConfig": "projects/_/buckets/uploads/notificationConfigs/1",
                     "eventType": "%2$s", "payloadFormat": "JSON_API_V1", "bucketId": "%3$s", "objectId": "%4$s",
                     "objectGeneration": "%5$s", "eventTime": "2026-01-31T12:00:00.000000Z"},
                   "data": "eyJraW5kIjogInN0b3JhZ2Ujb2JqZWN0In0=",
                   "messageId": "%1$s", "message_id": "%1$s",
                   "publishTime": "2026-01-31T12:00:00.1Z", "publish_time": "2026-01-31T12:00:00.1Z"},
                 "subscription": "projects/my-project/subscriptions/millrace"}
                """.formatted(id, type, bucket, object, generation);
    }

    private static String arrival(String id, String object, String generation) {
        return message(id, "OBJECT_FINALIZE", "uploads", object, generation);
    }

    private GatewayUnderTest.Answer push(String token, String body) {
        return push(gateway, token, body);
    }

    private static GatewayUnderTest.Answer push(GatewayUnderTest to, String token, String body) {
        return to.send(HttpRequest.newBuilder(to.url().resolve(STORAGE))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private String token() {
        return google.token(AUDIENCE, SENDER, UnaryOperator.identity());
    }

    private static List<JsonNode> started(GatewayUnderTest.Answer answer) {
        assertThat(answer.status()).isEqualTo(200);
        List<JsonNode> all = new ArrayList<>();
        Objects.requireNonNull(answer.body().get("started")).values().forEach(all::add);
        return all;
    }

    private String log(String run) throws IOException {
        return ObjectMapper.getDefault()
                .writeValueAsString(gateway.get("/api/v1/runs/" + run + "/log").body());
    }

    private void end(Task extract) {
        gateway.post("/api/v1/runs/" + extract.run() + "/cancel", "");
    }

    private long rows(String table) throws SQLException {
        try (Connection connection = gateway.database();
                Statement statement = connection.createStatement();
                ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
            count.next();
            return count.getLong(1);
        }
    }

    @Test
    @DisplayName("R4.6 an object that arrives starts the endpoint that waits for it, and its run's log says which")
    void anObjectThatArrivesStartsTheEndpointThatWaitsForIt() throws IOException {
        GatewayUnderTest.Answer answer = push(token(), arrival("100", "reports/January é.xlsx", "1700000000000001"));

        Task task = services.next(Step.EXTRACT);
        GatewayUnderTest.Answer run = gateway.get("/api/v1/runs/" + task.run());
        assertThat(started(answer)).singleElement().satisfies(started -> {
            assertThat(started.get("pipeline")).isEqualTo(JsonNode.createStringNode("reports"));
            assertThat(started.get("endpoint")).isEqualTo(JsonNode.createStringNode("sheets"));
            assertThat(started.get("batch")).isEqualTo(run.body().get("batch"));
        });
        assertThat(answer.text("event")).isEqualTo("100");
        assertThat(run.text("trigger")).isEqualTo("event");
        assertThat(log(task.run())).contains("gs://uploads/reports/January é.xlsx#1700000000000001 (event 100)");
    }

    @Test
    void thePipelineShowsWhichObjectsStartIt() throws IOException {
        assertThat(ObjectMapper.getDefault()
                        .writeValueAsString(
                                gateway.get("/api/v1/pipelines/reports").body()))
                .contains("\"trigger\":\"gs://uploads/reports/*.xlsx\"", "\"trigger\":\"gs://lake/*\"");
    }

    @Test
    @DisplayName("R4.6 the same message again, and another message of the same content, start nothing")
    void theSameContentStartsOneRunHoweverOftenItIsTold() throws SQLException {
        GatewayUnderTest.Answer first = push(token(), arrival("100", "reports/a.xlsx", "1"));
        end(services.next(Step.EXTRACT));

        assertThat(started(push(token(), arrival("100", "reports/a.xlsx", "1"))))
                .isEqualTo(started(first));
        assertThat(started(push(token(), arrival("101", "reports/a.xlsx", "1"))))
                .isEqualTo(started(first));
        assertThat(rows("run")).isEqualTo(1);

        push(token(), arrival("102", "reports/a.xlsx", "2"));
        services.next(Step.EXTRACT);
        assertThat(rows("run")).isEqualTo(2);
    }

    @Test
    void anOlderContentThatIsToldLaterCountsToo() {
        push(token(), arrival("102", "reports/a.xlsx", "2"));
        end(services.next(Step.EXTRACT));

        push(token(), arrival("100", "reports/a.xlsx", "1"));

        services.next(Step.EXTRACT);
    }

    @Test
    void whatArrivesWhileARunIsUnderWayWaitsAndSharesTheNextOne() throws IOException, SQLException {
        push(token(), arrival("1", "reports/a.xlsx", "1"));
        Task first = services.next(Step.EXTRACT);
        for (int i = 2; i <= 6; i++) {
            GatewayUnderTest.Answer answer = push(token(), arrival("" + i, "reports/a.xlsx", "" + i));
            assertThat(started(answer))
                    .singleElement()
                    .satisfies(started -> assertThat(started.get("batch")).isEqualTo(JsonNode.nullNode()));
        }
        assertThat(rows("run")).isEqualTo(1);

        end(first);

        Task second = services.next(Step.EXTRACT);
        assertThat(log(second.run())).contains("reports/a.xlsx#2 (event 2) and 4 more");
        end(second);
        assertThat(rows("run")).isEqualTo(2);
        assertThat(rows("arrival WHERE batch IS NULL")).isZero();
    }

    @Test
    void whatWaitsOutlivesTheGateway() {
        push(token(), arrival("1", "reports/a.xlsx", "1"));
        Task first = services.next(Step.EXTRACT);
        push(token(), arrival("2", "reports/b.xlsx", "1"));
        end(gateway);

        open();
        end(first);

        assertThat(services.next(Step.EXTRACT).run()).isNotEqualTo(first.run());
    }

    @Test
    void theSameMessageToSeveralAtOnceStartsOneRun() throws Exception {
        String token = token();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<GatewayUnderTest.Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                answers.add(threads.submit(() -> push(token, arrival("1", "reports/a.xlsx", "1"))));
            }
            for (Future<GatewayUnderTest.Answer> answer : answers) {
                assertThat(answer.get().status()).isEqualTo(200);
            }
        }
        services.next(Step.EXTRACT);
        await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(10)).until(() -> rows("run") == 1);
    }

    @ParameterizedTest
    @CsvSource({
        "uploads, OBJECT_FINALIZE, other/a.xlsx",
        "uploads, OBJECT_FINALIZE, reports/a.csv",
        "unknown, OBJECT_FINALIZE, reports/a.xlsx",
        "uploads, OBJECT_DELETE, reports/a.xlsx",
        "uploads, OBJECT_METADATA_UPDATE, reports/a.xlsx",
        "uploads, OBJECT_ARCHIVE, reports/a.xlsx"
    })
    void whatNobodyWaitsForIsTakenAndStartsNothing(String bucket, String type, String object) throws SQLException {
        assertThat(started(push(token(), message("1", type, bucket, object, "1"))))
                .isEmpty();

        assertThat(rows("arrival")).isZero();
        assertThat(rows("run")).isZero();
    }

    @Test
    void theTokenOfTheApiOpensTheRouteToo() {
        assertThat(started(push(GatewayUnderTest.TOKEN, arrival("1", "reports/a.xlsx", "1"))))
                .hasSize(1);
    }

    @Test
    void aTokenThatGoogleDidNotSignForThisAudienceIsNone() throws SQLException {
        UnaryOperator<JWTClaimsSet.Builder> expired =
                claims -> claims.expirationTime(Date.from(Instant.now().minusSeconds(120)));
        UnaryOperator<JWTClaimsSet.Builder> unverified = claims -> claims.claim("email_verified", false);
        UnaryOperator<JWTClaimsSet.Builder> issuer = claims -> claims.issuer("https://example.com");
        for (String token : List.of(
                google.forged(AUDIENCE, SENDER),
                google.token("https://elsewhere.example.com", SENDER, UnaryOperator.identity()),
                google.token(AUDIENCE, SENDER, expired),
                google.token(AUDIENCE, SENDER, unverified),
                google.token(AUDIENCE, SENDER, issuer),
                "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6IngifQ.",
                "no-token-at-all")) {
            GatewayUnderTest.Answer answer = push(token, arrival("1", "reports/a.xlsx", "1"));
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.text("code")).isEqualTo("UNAUTHORIZED");
        }
        assertThat(rows("arrival")).isZero();
    }

    @Test
    void aTokenOfAnotherAccountIsForbidden() {
        GatewayUnderTest.Answer answer = push(
                google.token(AUDIENCE, "somebody@else.example.com", UnaryOperator.identity()),
                arrival("1", "reports/a.xlsx", "1"));

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.text("code")).isEqualTo("FORBIDDEN");
    }

    @Test
    void aTokenForEventsOpensNothingElse() {
        assertThat(gateway.send(HttpRequest.newBuilder(gateway.url().resolve("/api/v1/runs"))
                                .header("Authorization", "Bearer " + token())
                                .GET())
                        .status())
                .isEqualTo(401);
    }

    @Test
    void whenGooglesKeysCannotBeFetchedTheMessageIsToBeSentAgain() throws IOException {
        String token = token();
        GoogleKeys away = new GoogleKeys();
        away.close();
        end(gateway);

        GatewayUnderTest.Answer answer = push(newGateway(trusting(away)), token, arrival("1", "reports/a.xlsx", "1"));

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.text("code")).isEqualTo(ErrorCode.SERVICE_UNAVAILABLE.name());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"message\": null}",
                "{\"message\": {}}",
                "{\"message\": {\"messageId\": \"1\"}}",
                "{\"message\": {\"messageId\": \"1\", \"attributes\": []}}",
                "{\"message\": {\"messageId\": \"1\", \"attributes\": {\"eventType\": \"OBJECT_FINALIZE\"}}}",
                "{\"message\": {\"messageId\": \"1\", \"attributes\": {\"eventType\": \"OBJECT_FINALIZE\","
                        + " \"bucketId\": \"uploads\", \"objectId\": \"reports/a.xlsx\", \"objectGeneration\": \"x\"}}}",
                "{\"message\": {\"messageId\": \"1\", \"attributes\": {\"eventType\": \"OBJECT_FINALIZE\","
                        + " \"bucketId\": \"uploads\", \"objectId\": \"reports/\\u0000.xlsx\", \"objectGeneration\": \"1\"}}}",
                "no JSON"
            })
    void aMessageThatIsNoneIsRefused(String body) throws SQLException {
        GatewayUnderTest.Answer answer = push(token(), body);

        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(400);
        assertThat(answer.text("code")).isEqualTo("REQUEST_INVALID");
        assertThat(answer.text("detail")).isNotBlank();
        assertThat(rows("arrival")).isZero();
    }

    @Test
    void aNameThatIsTooLongIsRefused() {
        GatewayUnderTest.Answer answer = push(token(), arrival("1", "reports/" + "é".repeat(510) + ".xlsx", "1"));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text("detail")).contains("objectId");
    }

    @Test
    void whatWaitsForAFileThatIsGoneIsStartedWhenItIsBack() throws IOException, SQLException {
        push(token(), arrival("1", "reports/a.xlsx", "1"));
        Task first = services.next(Step.EXTRACT);
        push(token(), arrival("2", "reports/b.xlsx", "1"));
        Files.delete(folder.resolve("pipelines/reports.yaml"));
        end(first);
        assertThat(rows("arrival WHERE batch IS NULL")).isEqualTo(1);

        Files.writeString(folder.resolve("pipelines/reports.yaml"), PIPELINE);

        services.next(Step.EXTRACT);
    }

    @Test
    void aRunDatabaseThatFailsLosesNothing() throws SQLException {
        rename("arrival", "arrival_away");
        assertThat(push(token(), arrival("1", "reports/a.xlsx", "1")).status()).isEqualTo(503);
        rename("arrival_away", "arrival");

        push(token(), arrival("1", "reports/a.xlsx", "1"));

        services.next(Step.EXTRACT);
    }

    private void rename(String table, String name) throws SQLException {
        try (Connection connection = gateway.database();
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER TABLE " + table + " RENAME TO " + name);
        }
    }
}
