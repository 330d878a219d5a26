package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.testing.ServiceUnderTest;
import io.micronaut.json.tree.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What callers of the public API and services may count on, whatever the run database. */
abstract class ApiContract extends SchoolTests {
    @Test
    void anIdempotencyKeyAnswersWithTheFirstRun() {
        GatewayUnderTest gateway = gateway();
        GatewayUnderTest.Answer first = gateway.post(STUDENTS, "{}", "Idempotency-Key", "job-1");
        GatewayUnderTest.Answer second = gateway.post(STUDENTS, "{}", "Idempotency-Key", "job-1");
        assertThat(first.status()).isEqualTo(202);
        assertThat(second.status()).isEqualTo(200);
        assertThat(second.runId()).isEqualTo(first.runId());
        GatewayUnderTest.Answer other =
                gateway.post("/api/v1/pipelines/school/endpoints/pupils/runs", "{}", "Idempotency-Key", "job-1");
        assertThat(other.status()).isEqualTo(422);
        assertThat(other.text("code")).isEqualTo("IDEMPOTENCY_KEY_REUSED");
    }

    @Test
    void aPipelineRunStartsOneRunPerEndpointUnderOneBatch() {
        GatewayUnderTest gateway = gateway();
        GatewayUnderTest.Answer answer = gateway.post("/api/v1/pipelines/school/runs", "{\"day\":\"2026-01-31\"}");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(Objects.requireNonNull(answer.body().get("runs")).size()).isEqualTo(3);
        assertThat(Objects.requireNonNull(gateway.get("/api/v1/batches/" + answer.text("batch"))
                                .body()
                                .get("runs"))
                        .size())
                .isEqualTo(3);
        assertThat(gateway.get("/api/v1/runs?endpoint=daily").onlyRun().get("day"))
                .isEqualTo(JsonNode.createStringNode("2026-01-31"));
        assertThat(gateway.post("/api/v1/pipelines/school/runs", "{}").status()).isEqualTo(409);
    }

    @Test
    void differentDaysOfAnEndpointRunSideBySideAndOneDayOnce() {
        GatewayUnderTest gateway = gateway();
        String daily = "/api/v1/pipelines/school/endpoints/daily/runs";
        assertThat(gateway.post(daily, "{\"day\":\"2026-01-30\"}").status()).isEqualTo(202);
        assertThat(gateway.post(daily, "{\"day\":\"2026-01-31\"}").status()).isEqualTo(202);
        assertThat(gateway.post(daily, "{\"day\":\"2026-01-31\"}").status()).isEqualTo(409);
        assertThat(gateway.post(daily, "{\"day\":\"2026-02-30\"}").text("detail"))
                .isEqualTo("day: '2026-02-30' (expected: a date such as 2026-01-31)");
        assertThat(gateway.post(STUDENTS, "{\"day\":\"2026-01-31\"}").text("code"))
                .isEqualTo("REQUEST_INVALID");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/runs/%00",
                "/api/v1/runs/a%00b/log",
                "/api/v1/runs?pipeline=%00",
                "/api/v1/runs?after=x%00",
                "/api/v1/pipelines/%00"
            })
    void anAddressWithTheCharacterThatNoTextCanHaveIsRefused(String path) {
        GatewayUnderTest.Answer answer = gateway().get(path);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text("code")).isEqualTo("REQUEST_INVALID");
    }

    @Test
    void anErrorTextWithTheCharacterThatNoTextCanHaveIsKeptWithoutIt() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);

        assertThat(services.fail(services.next(Step.EXTRACT), ErrorCode.SOURCE_REFUSED, "404: a\0b"))
                .isEqualTo(200);

        GatewayUnderTest.Answer answer = gateway.get("/api/v1/runs/" + run);
        assertThat(answer.text("state")).isEqualTo("FAILED");
        assertThat(Objects.requireNonNull(answer.body().get("error")).get("detail"))
                .isEqualTo(JsonNode.createStringNode("404: a\uFFFDb"));
    }

    @Test
    void runsAreListedNewestFirstAndPageByPage() {
        GatewayUnderTest gateway = gateway();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ids.addFirst(gateway.post(
                            "/api/v1/pipelines/school/endpoints/daily/runs", "{\"day\":\"2026-01-0" + (i + 1) + "\"}")
                    .runId());
        }
        GatewayUnderTest.Answer first = gateway.get("/api/v1/runs?limit=2&pipeline=school");
        GatewayUnderTest.Answer second =
                gateway.get("/api/v1/runs?limit=2&pipeline=school&after=" + first.text("next"));
        assertThat(ids(first)).isEqualTo(ids.subList(0, 2));
        assertThat(ids(second)).isEqualTo(ids.subList(2, 3));
        assertThat(second.body().get("next")).isEqualTo(JsonNode.nullNode());
        assertThat(ids(gateway.get("/api/v1/runs?state=SUCCEEDED"))).isEmpty();
        assertThat(gateway.get("/api/v1/runs?limit=0").status()).isEqualTo(400);
        assertThat(gateway.get("/api/v1/runs?state=NONSENSE").text("detail"))
                .startsWith("state: 'NONSENSE' (expected: one of [QUEUED,");
    }

    private static List<String> ids(GatewayUnderTest.Answer page) {
        List<String> ids = new ArrayList<>();
        Objects.requireNonNull(page.body().get("runs"))
                .values()
                .forEach(run -> ids.add(Objects.requireNonNull(run.get("id")).getStringValue()));
        return ids;
    }

    @Test
    void waitingAnswersWhenTheRunHasEnded() throws Exception {
        GatewayUnderTest gateway = gateway();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<GatewayUnderTest.Answer> call = threads.submit(() -> gateway.post(STUDENTS + "?wait=PT30S", "{}"));
            services.commit(untilLoading(), 100);
            assertThat(call.get().status()).isEqualTo(200);
            assertThat(call.get().onlyRun().get("state")).isEqualTo(JsonNode.createStringNode("SUCCEEDED"));
        }
        assertThat(gateway.post(STUDENTS + "?wait=PT0.2S", "{}").status()).isEqualTo(202);
    }

    @Test
    void eventsTellTheRunUntilItEnds() throws Exception {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<GatewayUnderTest.Answer> stream = threads.submit(() -> gateway.send(
                    gateway.request("/api/v1/runs/" + run + "/events").GET()));
            services.commit(untilLoading(), 100);
            assertThat(stream.get().contentType()).startsWith("text/event-stream");
            assertThat(stream.get().body().getStringValue())
                    .contains(
                            "event: run",
                            "event: log",
                            "START school/students",
                            "END SUCCEEDED",
                            "\"state\":\"SUCCEEDED\"");
        }
        assertThat(gateway.get("/api/v1/runs/none/events").text("code")).isEqualTo("RUN_UNKNOWN");
    }

    @Test
    void aReportWithAWrongExpiredOrForeignTokenIsRefusedAndChangesNothing() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        Task task = services.next(Step.EXTRACT);
        Outcome staged = services.stage(task, 10, 0);
        Clock longAgo = Clock.fixed(Instant.now().minus(Duration.ofHours(1)), ZoneOffset.UTC);
        String subject = task.subject();
        assertThat(services.report(task, staged, "nonsense")).isEqualTo(401);
        assertThat(services.report(task, staged, GatewayUnderTest.TOKEN)).isEqualTo(403);
        assertThat(services.report(
                        task,
                        staged,
                        ScriptedServices.token(Step.EXTRACT, subject, longAgo, "api-gateway", ServiceUnderTest.KEY)))
                .isEqualTo(401);
        assertThat(services.report(
                        task,
                        staged,
                        ScriptedServices.token(
                                Step.EXTRACT, subject, Clock.systemUTC(), "loader", ServiceUnderTest.KEY)))
                .isEqualTo(401);
        assertThat(services.report(
                        task,
                        staged,
                        ScriptedServices.token(
                                Step.EXTRACT,
                                subject,
                                Clock.systemUTC(),
                                "api-gateway",
                                "another-key-of-thirty-two-characters-or-more")))
                .isEqualTo(401);
        assertThat(services.report(
                        task,
                        staged,
                        ScriptedServices.token(
                                Step.EXTRACT, "task:other/1", Clock.systemUTC(), "api-gateway", ServiceUnderTest.KEY)))
                .isEqualTo(403);
        assertThat(state(gateway, run)).isEqualTo("EXTRACTING");
        assertThat(services.report(task, staged)).isEqualTo(200);
    }

    @Test
    void aServiceTokenOpensNoPublicRoute() {
        GatewayUnderTest gateway = gateway();
        String token =
                ScriptedServices.token(Step.EXTRACT, "query", Clock.systemUTC(), "api-gateway", ServiceUnderTest.KEY);
        GatewayUnderTest.Answer answer =
                gateway.send(HttpRequest.newBuilder(gateway.url().resolve("/api/v1/runs"))
                        .header("Authorization", "Bearer " + token)
                        .GET());
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.text("code")).isEqualTo("FORBIDDEN");
    }

    @Test
    void errorsAreProblemsWithACode() {
        GatewayUnderTest gateway = gateway();
        assertProblem(gateway.get("/api/v1/runs/none"), 404, "RUN_UNKNOWN");
        assertProblem(gateway.get("/api/v1/batches/none"), 404, "BATCH_UNKNOWN");
        assertProblem(gateway.get("/api/v1/pipelines/none"), 404, "PIPELINE_UNKNOWN");
        assertProblem(gateway.post("/api/v1/pipelines/school/endpoints/none/runs", "{}"), 404, "ENDPOINT_UNKNOWN");
        assertProblem(
                gateway.post("/api/v1/pipelines/school/runs", "{\"endpoints\":[\"daily\",\"daily\"]}"),
                400,
                "REQUEST_INVALID");
        assertProblem(gateway.post("/api/v1/pipelines/school/runs", "{nonsense"), 400, "REQUEST_INVALID");
        assertProblem(
                gateway.post("/api/v1/pipelines/school/runs", "{\"endpoint\":\"daily\"}"), 400, "REQUEST_INVALID");
        assertProblem(
                gateway.post("/api/v1/pipelines/school/runs", "{}", "Idempotency-Key", "k".repeat(256)),
                400,
                "REQUEST_INVALID");
        assertProblem(gateway.get("/nothing/here"), 404, "NOT_FOUND");
        assertProblem(gateway.post("/api/v1/runs", "{}"), 405, "METHOD_NOT_ALLOWED");
        assertProblem(gateway.post("/api/v1/query", "{\"sql\":\"SELECT 1\",\"limit\":0}"), 400, "REQUEST_INVALID");
        assertProblem(gateway.post("/api/v1/query", "{}"), 400, "REQUEST_INVALID");
        assertProblem(gateway.get("/api/v1/runs/none/rejects?after=-1"), 400, "REQUEST_INVALID");
        assertProblem(gateway.post("/api/v1/runs/none/retry", ""), 404, "RUN_UNKNOWN");
    }

    @Test
    void whatIsTooLongIsNamed() {
        GatewayUnderTest gateway = gateway();
        // the connection ends with the answer, which is lost with it when the rest of the request comes later
        await().ignoreExceptionsInstanceOf(UncheckedIOException.class)
                .untilAsserted(() -> assertProblem(
                        gateway.get("/api/v1/runs?pipeline=" + "a".repeat(9_000)), 414, "REQUEST_INVALID"));
        await().ignoreExceptionsInstanceOf(UncheckedIOException.class)
                .untilAsserted(() -> assertProblem(
                        gateway.post("/api/v1/runs", "{}", "X-Long", "a".repeat(20_000)), 431, "REQUEST_INVALID"));
    }

    @Test
    void anErrorInABodyNamesTheKeyAndNothingOfJava() {
        GatewayUnderTest gateway = gateway();
        assertThat(gateway.post("/api/v1/query", "{\"nope\":1}").text("detail")).isEqualTo("Unknown property [nope]");
        assertThat(gateway.post("/api/v1/query", "{\"sql\":\"SELECT 1\",\"limit\":1e99}")
                        .text("detail"))
                .startsWith("limit: Numeric value (1e99) out of range of int");
        assertThat(gateway.post("/api/v1/query", "[]").text("detail"))
                .isEqualTo("Unexpected token START_ARRAY, expected START_OBJECT");
    }

    @Test
    void aParameterThatIsNoNumberIsNamed() {
        assertThat(gateway().get("/api/v1/runs?limit=abc").text("detail"))
                .isEqualTo("limit: 'abc' (expected: a whole number)");
    }

    @Test
    void theCaseOfASchemeDoesntMatter() {
        GatewayUnderTest gateway = gateway();
        for (String scheme : List.of("bearer ", "BEARER ", "Bearer  ")) {
            assertThat(gateway.send(HttpRequest.newBuilder(gateway.url().resolve("/api/v1/runs"))
                                    .header("Authorization", scheme + GatewayUnderTest.TOKEN)
                                    .GET())
                            .status())
                    .as(scheme)
                    .isEqualTo(200);
        }
        assertThat(gateway.send(HttpRequest.newBuilder(gateway.url().resolve("/api/v1/runs"))
                                .header("Authorization", "Bearer" + GatewayUnderTest.TOKEN)
                                .GET())
                        .status())
                .isEqualTo(401);
    }

    private static void assertProblem(GatewayUnderTest.Answer answer, int status, String code) {
        assertThat(answer.contentType()).isEqualTo("application/problem+json");
        assertThat(answer.text("code")).isEqualTo(code);
        assertThat(answer.text("status")).isEqualTo(String.valueOf(status));
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.text("detail")).isNotBlank();
    }

    @Test
    void theErrorsOfABrokenFileAreToldByItsPipelinesNameToo() throws IOException {
        Map<String, String> names = Map.of(
                "name: plain\nsorce: {}\n", "plain",
                "name: 'single'\nsorce: {}\n", "single",
                "description: x\nname:   \"double\"  # comment\nsorce: {}\n", "double",
                "name: no_yaml\nsource: {\n", "no_yaml",
                "source:\n  name: within\nname: last\n", "last");
        int number = 0;
        for (String file : names.keySet()) {
            Files.writeString(
                    folder.resolve("pipelines/other-" + number++ + ".yaml"),
                    "version: 1\n" + file,
                    StandardCharsets.UTF_8);
        }
        GatewayUnderTest gateway = gateway();

        for (String name : names.values()) {
            assertProblem(gateway.post("/api/v1/pipelines/" + name + "/runs", "{}"), 422, "PIPELINE_INVALID");
        }
        assertProblem(gateway.post("/api/v1/pipelines/other-0/runs", "{}"), 422, "PIPELINE_INVALID");
        assertProblem(gateway.post("/api/v1/pipelines/within/runs", "{}"), 404, "PIPELINE_UNKNOWN");
    }

    @Test
    void aBrokenPipelineFileTakesNothingButItselfDown() throws IOException {
        Files.writeString(
                folder.resolve("pipelines/broken.yaml"),
                "version: 1\nname: broken\nsorce: {}\n",
                StandardCharsets.UTF_8);
        GatewayUnderTest gateway = gateway();
        assertThat(Objects.requireNonNull(
                                gateway.get("/api/v1/pipelines").body().get("invalid"))
                        .size())
                .isEqualTo(1);
        assertThat(gateway.get("/api/v1/pipelines/school").status()).isEqualTo(200);
        GatewayUnderTest.Answer broken = gateway.post("/api/v1/pipelines/broken/runs", "{}");
        assertProblem(broken, 422, "PIPELINE_INVALID");
        assertThat(Objects.requireNonNull(broken.body().get("errors")).values())
                .anySatisfy(error -> assertThat(error.get("field")).isEqualTo(JsonNode.createStringNode("sorce")));
    }

    @Test
    void validateListsEveryErrorOfAFile() {
        GatewayUnderTest gateway = gateway();
        GatewayUnderTest.Answer valid = gateway.send(yaml(gateway, PIPELINE));
        assertThat(valid.status()).isEqualTo(200);
        assertThat(valid.body().get("valid")).isEqualTo(JsonNode.createBooleanNode(true));
        GatewayUnderTest.Answer invalid =
                gateway.send(yaml(gateway, PIPELINE.replace("write: append", "write: apend")));
        assertProblem(invalid, 422, "PIPELINE_INVALID");
        assertThat(Objects.requireNonNull(invalid.body().get("errors")).size()).isEqualTo(2);
    }

    private static HttpRequest.Builder yaml(GatewayUnderTest gateway, String file) {
        return gateway.request("/api/v1/pipelines/validate")
                .header("Content-Type", "application/yaml")
                .POST(HttpRequest.BodyPublishers.ofString(file));
    }
}
