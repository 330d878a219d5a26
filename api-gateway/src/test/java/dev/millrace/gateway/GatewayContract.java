package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.gateway.notification.WebhookDelivery;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Drift;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Outcome;
import dev.millrace.task.PermitRequest;
import dev.millrace.task.RunLogCopy;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.testing.ServiceUnderTest;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run may count on, whatever the run database. */
abstract class GatewayContract extends GatewayTests {
    private static final String PIPELINE = """
            version: 1
            name: school
            source: {type: rest, baseUrl: "http://127.0.0.1:1"}
            endpoints:
              students:
                request: {path: /students}
                destination: {table: school.students, write: append}
                rejects: {maxShare: 0.1}
                schema: [{name: id, type: INTEGER}]
              pupils:
                request: {path: /pupils}
                destination: {table: school.students, write: append}
                schema: [{name: id, type: INTEGER}]
              daily:
                request: {path: "/daily", query: {day: "${day}"}}
                destination: {table: school.daily, write: replace}
                day: {column: day}
                schema: [{name: day, type: DATE}]
            """;
    private static final String STUDENTS = "/api/v1/pipelines/school/endpoints/students/runs";
    private static final Duration SHORT_LEASE = Duration.ofMillis(600);

    GatewayContract() {
        super("school", PIPELINE);
    }

    /** Services that keep silent lose their tasks soon. */
    private GatewayUnderTest impatientGateway() {
        return gateway(Map.of("millrace.gateway.lease", SHORT_LEASE.toString()));
    }

    static String start(GatewayUnderTest gateway) {
        GatewayUnderTest.Answer answer = gateway.post(STUDENTS, "{}");
        assertThat(answer.status()).isEqualTo(202);
        return answer.runId();
    }

    private Task untilLoading() {
        services.finish(services.next(Step.EXTRACT), 100, 0);
        services.finish(services.next(Step.TRANSFORM), 100, 0);
        return services.next(Step.LOAD);
    }

    /** The task as it is reported when all gateways have one address, as behind a Kubernetes Service. */
    static Task at(Task task, GatewayUnderTest gateway) {
        return new Task(
                task.id(),
                task.run(),
                task.attempt(),
                task.pipeline(),
                task.endpoint(),
                task.day(),
                task.credentials(),
                gateway.url().resolve(task.callback().getPath()),
                task.heartbeat(),
                task.traceparent(),
                task.work());
    }

    @Test
    void aRunGoesThroughItsStepsAndIsAccountedFor() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        services.finish(services.next(Step.EXTRACT), 100, 0);
        Task transform = services.next(Step.TRANSFORM);
        assertThat(transform.work()).isInstanceOf(Work.Transform.class);
        services.finish(transform, 100, 7);
        Task load = services.next(Step.LOAD);
        assertThat(((Work.Load) load.work()).load()).isEqualTo(run);
        services.commit(load, 93);

        GatewayUnderTest.Answer answer = gateway.get("/api/v1/runs/" + run);
        assertThat(answer.text("state")).isEqualTo("SUCCEEDED");
        assertThat(answer.text("rowsExtracted")).isEqualTo("100");
        assertThat(answer.text("rowsLoaded")).isEqualTo("93");
        assertThat(answer.text("rowsRejected")).isEqualTo("7");
        assertThat(answer.text("rowsFiltered")).isEqualTo("0");
        assertThat(logOf(gateway, run))
                .startsWith("START school/students\n")
                .contains("done with EXTRACT", "extracted 100 records", "rejected 7", "loaded 93 rows")
                .endsWith("END SUCCEEDED\n");
    }

    @Test
    void logAndRejectsAreArchivedAndStayReadable() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        services.finish(services.next(Step.EXTRACT), 100, 0);
        services.finish(services.next(Step.TRANSFORM), 100, 3);
        services.commit(services.next(Step.LOAD), 97);

        await().untilAsserted(() ->
                assertThat(services.staging().list("runs/" + run + "/")).isEmpty());
        assertThat(services.staging().list("archive/" + run + "/"))
                .hasSize(2)
                .anyMatch(name -> name.endsWith("/log.ndjson"))
                .anyMatch(name -> name.endsWith("/rejects-00000.ndjson.gz"));
        GatewayUnderTest.Answer rejects = gateway.get("/api/v1/runs/" + run + "/rejects?limit=2");
        assertThat(rejects.text("total")).isEqualTo("3");
        assertThat(Objects.requireNonNull(rejects.body().get("rejects")).size()).isEqualTo(2);
        assertThat(rejects.text("next")).isEqualTo("2");
        assertThat(logOf(gateway, run)).contains("END SUCCEEDED");
    }

    @Test
    void aGatewayThatDiedWhileItArchivedLosesNoRejects() throws Exception {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        services.finish(services.next(Step.EXTRACT), 100, 0);
        services.finish(services.next(Step.TRANSFORM), 100, 3);
        services.commit(services.next(Step.LOAD), 97);
        await().until(() -> archived(gateway, run));
        assertThat(services.staging().list("runs/" + run + "/")).isEmpty();

        // what a crash between the last deletion and the commit leaves
        try (Connection connection = gateway.database();
                PreparedStatement update =
                        connection.prepareStatement("UPDATE run SET archived = FALSE WHERE id = ?")) {
            update.setString(1, run);
            update.executeUpdate();
        }
        await().until(() -> archived(gateway, run));

        assertThat(Objects.requireNonNull(gateway.get("/api/v1/runs/" + run + "/rejects")
                                .body()
                                .get("rejects"))
                        .size())
                .isEqualTo(3);
    }

    @Test
    void rejectsThatAreGoneKeepNoLogFromBeingArchived() throws Exception {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        services.finish(services.next(Step.EXTRACT), 100, 0);
        services.finish(services.next(Step.TRANSFORM), 100, 3);
        Task load = services.next(Step.LOAD);
        services.staging().list("runs/" + run + "/").stream()
                .filter(name -> name.contains("/rejects-"))
                .forEach(services.staging()::deleteAll);
        services.commit(load, 97);

        await().until(() -> archived(gateway, run));
        assertThat(services.staging().list("archive/" + run + "/"))
                .singleElement()
                .asString()
                .endsWith("/log.ndjson");
        assertThat(logOf(gateway, run)).contains("not all rejects could be archived: staging lacks");
    }

    private static boolean archived(GatewayUnderTest gateway, String run) throws SQLException {
        try (Connection connection = gateway.database();
                PreparedStatement query = connection.prepareStatement("SELECT archived FROM run WHERE id = ?")) {
            query.setString(1, run);
            try (ResultSet row = query.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    @Test
    void aDoubledCallbackChangesNothing() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        Task extract = services.next(Step.EXTRACT);
        Outcome staged = services.stage(extract, 10, 0);
        assertThat(services.report(extract, staged)).isEqualTo(200);
        assertThat(services.report(extract, staged)).isEqualTo(200);
        Task transform = services.next(Step.TRANSFORM);
        services.finish(transform, 10, 0);
        Task load = services.next(Step.LOAD);
        Outcome committed = new Outcome.Committed(new LoadResult(10, 0, 10));
        assertThat(services.report(load, committed)).isEqualTo(200);
        assertThat(services.report(load, committed)).isEqualTo(200);
        assertThat(services.report(extract, staged)).isEqualTo(200);

        assertThat(state(gateway, run)).isEqualTo("SUCCEEDED");
        assertThat(services.hasTask(Step.TRANSFORM)).isFalse();
        assertThat(services.hasTask(Step.LOAD)).isFalse();
    }

    @Test
    void aLostCallbackIsMadeUpForByTheManifest() {
        GatewayUnderTest gateway = impatientGateway();
        String run = start(gateway);
        services.stage(services.next(Step.EXTRACT), 10, 0);

        services.finish(services.next(Step.TRANSFORM), 10, 0);
        services.commit(services.next(Step.LOAD), 10);
        assertThat(state(gateway, run)).isEqualTo("SUCCEEDED");
        assertThat(logOf(gateway, run)).contains("stopped answering after it had finished");
    }

    @Test
    void aSilentServiceLosesItsTaskAndItsLateReportIsRefused() {
        GatewayUnderTest gateway = impatientGateway();
        String run = start(gateway);
        Task first = services.next(Step.EXTRACT);
        Task second = services.next(Step.EXTRACT);
        assertThat(second.id()).isEqualTo(first.id());
        assertThat(second.attempt()).isEqualTo(2);

        assertThat(services.beat(first, 5)).isEqualTo(409);
        assertThat(services.report(first, services.stage(first, 3, 0))).isEqualTo(409);
        services.finish(second, 10, 0);
        services.finish(services.next(Step.TRANSFORM), 10, 0);
        services.commit(services.next(Step.LOAD), 10);
        assertThat(state(gateway, run)).isEqualTo("SUCCEEDED");
        assertThat(gateway.get("/api/v1/runs/" + run).text("rowsExtracted")).isEqualTo("10");
    }

    @Test
    void heartbeatsKeepATaskAndShowItsProgress() {
        GatewayUnderTest gateway = impatientGateway();
        String run = start(gateway);
        Task task = services.next(Step.EXTRACT);
        Instant end = Instant.now().plus(SHORT_LEASE.multipliedBy(3));
        await().pollInterval(Duration.ofMillis(100)).until(() -> {
            assertThat(services.beat(task, 42)).isEqualTo(200);
            return Instant.now().isAfter(end);
        });
        assertThat(services.hasTask(Step.EXTRACT)).isFalse();
        JsonNode step = Objects.requireNonNull(
                Objects.requireNonNull(gateway.get("/api/v1/runs/" + run).body().get("steps"))
                        .get(0));
        assertThat(Objects.requireNonNull(step.get("records")).getLongValue()).isEqualTo(42);
        assertThat(Objects.requireNonNull(step.get("total")).getLongValue()).isEqualTo(5_000);
    }

    @Test
    void aServiceThatKeepsFallingSilentFailsTheRun() {
        GatewayUnderTest gateway = gateway(Map.of("millrace.gateway.lease", "200ms", "millrace.gateway.attempts", 3));
        String run = start(gateway);
        awaitState(gateway, run, "FAILED");
        assertThat(gateway.get("/api/v1/runs/" + run).body().get("error"))
                .isNotNull()
                .satisfies(error -> {
                    assertThat(error.get("code")).isEqualTo(JsonNode.createStringNode("WORKER_LOST"));
                    assertThat(error.get("detail"))
                            .isEqualTo(JsonNode.createStringNode("the extractor stopped answering, 3 times in a row"));
                });
    }

    @Test
    void aFailedExtractionEndsTheRunWithItsReason() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        assertThat(services.fail(services.next(Step.EXTRACT), ErrorCode.SOURCE_UNAUTHORIZED, "401"))
                .isEqualTo(200);
        assertThat(state(gateway, run)).isEqualTo("FAILED");
        assertThat(logOf(gateway, run)).contains("SOURCE_UNAUTHORIZED: 401").endsWith("END FAILED\n");
        GatewayUnderTest.Answer failures = gateway.get("/api/v1/runs/" + run + "/log?level=ERROR");
        assertThat(Objects.requireNonNull(failures.body().get("lines")).values())
                .isNotEmpty()
                .allSatisfy(line -> assertThat(
                                Objects.requireNonNull(line.get("level")).coerceStringValue())
                        .isEqualTo("ERROR"));
        assertThat(gateway.get("/api/v1/runs/" + run + "/log?level=LOUD").status())
                .isEqualTo(400);
        assertThat(gateway.post(STUDENTS, "{}").status()).isEqualTo(202);
    }

    @Test
    void aTaskThatIsHandedBackGoesToTheNextOne() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        Task first = services.next(Step.EXTRACT);
        assertThat(services.report(first, new Outcome.Released())).isEqualTo(200);
        Task second = services.next(Step.EXTRACT);
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(state(gateway, run)).isEqualTo("EXTRACTING");
    }

    @Test
    void moreRejectsThanAllowedFailTheRunBeforeItLoads() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        services.finish(services.next(Step.EXTRACT), 100, 0);
        services.finish(services.next(Step.TRANSFORM), 100, 11);
        GatewayUnderTest.Answer answer = gateway.get("/api/v1/runs/" + run);
        assertThat(answer.text("state")).isEqualTo("FAILED");
        assertThat(logOf(gateway, run))
                .contains("REJECTS_ABOVE_LIMIT: 11 of 100 records were rejected (allowed: a share of 0.1)");
        assertThat(gateway.get("/api/v1/runs/" + run + "/rejects").text("total"))
                .isEqualTo("11");
    }

    @Test
    void aTransformerThatReadFewerRecordsThanWereExtractedFailsTheRun() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        services.finish(services.next(Step.EXTRACT), 100, 0);
        services.finish(services.next(Step.TRANSFORM), 99, 0);
        assertThat(logOf(gateway, run)).contains("STAGING_CORRUPT: the transformer read 99 records (expected: 100)");
    }

    @Test
    void cancellingAnExtractionEndsTheRunAtOnceAndStopsTheService() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        Task task = services.next(Step.EXTRACT);
        assertThat(gateway.post("/api/v1/runs/" + run + "/cancel", "").text("state"))
                .isEqualTo("CANCELLED");
        assertThat(services.beat(task, 1)).as("stop").isEqualTo(0);
        assertThat(services.report(task, services.stage(task, 10, 0))).isEqualTo(409);
        assertThat(gateway.post("/api/v1/runs/" + run + "/cancel", "").text("state"))
                .isEqualTo("CANCELLED");
    }

    @Test
    void cancellingALoadWaitsUntilTheLoaderHasClosedIt() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        Task load = untilLoading();
        assertThat(gateway.post("/api/v1/runs/" + run + "/cancel", "").text("state"))
                .isEqualTo("CANCELLING");
        assertThat(services.report(load, new Outcome.Committed(new LoadResult(100, 0, 100))))
                .isEqualTo(409);
        assertThat(gateway.post(STUDENTS, "{}").text("code")).isEqualTo("RUN_ACTIVE");
        await().until(() -> services.refusedAborts() > 2);

        services.answerAbortsWith(new Abort.Closed());
        assertThat(services.nextAbort()).isEqualTo(new Abort(run, 1));
        awaitState(gateway, run, "CANCELLED");
        assertThat(logOf(gateway, run)).containsOnlyOnce("for now CREDENTIALS_UNUSABLE: the key is gone");
        assertThat(gateway.post(STUDENTS, "{}").status()).isEqualTo(202);
    }

    @Test
    void aCancelThatComesTooLateShowsTheRunAsSucceeded() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        untilLoading();
        services.answerAbortsWith(new Abort.AlreadyCommitted(new LoadResult(100, 2, 500)));
        gateway.post("/api/v1/runs/" + run + "/cancel", "");
        awaitState(gateway, run, "SUCCEEDED");
        assertThat(gateway.get("/api/v1/runs/" + run).text("rowsLoaded")).isEqualTo("100");
        assertThat(gateway.get("/api/v1/runs/" + run).text("rowsSuperseded")).isEqualTo("2");
    }

    @Test
    void aFailedLoadIsFailedOnlyAfterTheLoaderHasClosedIt() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        Task load = untilLoading();
        assertThat(services.fail(load, ErrorCode.WAREHOUSE_FAILED, "no space left"))
                .isEqualTo(200);
        assertThat(state(gateway, run)).isEqualTo("LOADING");
        services.answerAbortsWith(new Abort.Closed());
        awaitState(gateway, run, "FAILED");
    }

    @Test
    void aLateAnswerToTheAbortOfAnEarlierGenerationEndsNothing() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        Task load = untilLoading();
        CountDownLatch late = services.holdNextAbort();
        services.answerAbortsWith(new Abort.Closed());
        services.fail(load, ErrorCode.WAREHOUSE_FAILED, "no space left");
        awaitState(gateway, run, "FAILED"); // by the second abort, as the first one's answer is on its way
        assertThat(services.nextAbort().generation()).isEqualTo(1);

        assertThat(gateway.post("/api/v1/runs/" + run + "/retry", "").status()).isEqualTo(200);
        Task again = services.next(Step.LOAD);
        CountDownLatch held = services.holdNextAbort();
        services.fail(again, ErrorCode.WAREHOUSE_FAILED, "no space left");
        late.countDown();
        assertThat(services.nextAbort().generation()).isEqualTo(1);

        await().during(Duration.ofMillis(500))
                .untilAsserted(() -> assertThat(state(gateway, run)).isEqualTo("LOADING"));
        held.countDown();
        assertThat(services.nextAbort().generation()).isEqualTo(2);
        awaitState(gateway, run, "FAILED");
    }

    @Test
    void aRetryStaysTheSameLoadAndBeginsAtTheStepThatFailed() {
        GatewayUnderTest gateway = gateway();
        services.answerAbortsWith(new Abort.Closed());
        String run = start(gateway);
        Task load = untilLoading();
        services.fail(load, ErrorCode.WAREHOUSE_FAILED, "no space left");
        awaitState(gateway, run, "FAILED");

        GatewayUnderTest.Answer answer = gateway.post("/api/v1/runs/" + run + "/retry", "");
        assertThat(answer.text("id")).isEqualTo(run);
        assertThat(answer.text("state")).isEqualTo("LOADING");
        Task again = services.next(Step.LOAD);
        assertThat(again.attempt()).isEqualTo(2);
        assertThat(((Work.Load) again.work()).load()).isEqualTo(run);
        assertThat(((Work.Load) again.work()).generation()).isEqualTo(2);
        assertThat(services.report(load, new Outcome.Committed(new LoadResult(100, 0, 100))))
                .isEqualTo(409);
        services.commit(again, 100);
        assertThat(state(gateway, run)).isEqualTo("SUCCEEDED");
        assertThat(gateway.get("/api/v1/runs/" + run).body().get("error")).isEqualTo(JsonNode.nullNode());
        GatewayUnderTest.Answer refused = gateway.post("/api/v1/runs/" + run + "/retry", "");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.text("code")).isEqualTo("RUN_STATE");
    }

    @Test
    void aRetryAfterTooManyRejectsExtractsAgain() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        services.finish(services.next(Step.EXTRACT), 100, 0);
        services.finish(services.next(Step.TRANSFORM), 100, 50);
        awaitState(gateway, run, "FAILED");
        gateway.post("/api/v1/runs/" + run + "/retry", "");
        Task extract = services.next(Step.EXTRACT);
        assertThat(extract.attempt()).isEqualTo(2);
        services.finish(extract, 80, 0);
        Task transform = services.next(Step.TRANSFORM);
        assertThat(transform.attempt()).isEqualTo(2);
        services.finish(transform, 80, 0);
        services.commit(services.next(Step.LOAD), 80);
        assertThat(gateway.get("/api/v1/runs/" + run).text("rowsExtracted")).isEqualTo("80");
    }

    @Test
    void twoEndpointsLoadOneTableOneAfterTheOther() {
        GatewayUnderTest gateway = gateway();
        gateway.post(STUDENTS, "{}");
        Task first = untilLoading();
        gateway.post("/api/v1/pipelines/school/endpoints/pupils/runs", "{}");
        services.finish(services.next(Step.EXTRACT), 5, 0);
        services.finish(services.next(Step.TRANSFORM), 5, 0);
        await().during(Duration.ofMillis(600)).until(() -> !services.hasTask(Step.LOAD));
        services.commit(first, 100);
        services.commit(services.next(Step.LOAD), 5);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(ints = {429, 500, 502, 503})
    void aServiceThatIsFullOrAwayGetsTheTaskLater(int status) {
        GatewayUnderTest gateway = gateway();
        services.answerTasksWith(status);
        String run = start(gateway);
        await().untilAsserted(() -> assertThat(services.refusedTasks()).isGreaterThan(1));
        assertThat(state(gateway, run)).isEqualTo("QUEUED");
        services.answerTasksWith(202);
        assertThat(services.next(Step.EXTRACT).attempt()).isEqualTo(1);
    }

    @Test
    void aServiceThatIsOutOfReachForTooLongFailsTheRun() {
        GatewayUnderTest gateway = gateway(Map.of(
                "millrace.gateway.services.extractor",
                "http://127.0.0.1:1",
                "millrace.gateway.undeliverable",
                "500ms"));
        String run = start(gateway);
        awaitState(gateway, run, "FAILED");
        assertThat(logOf(gateway, run))
                .contains("SERVICE_UNAVAILABLE: no answer from extractor at http://127.0.0.1:1/tasks");
    }

    @Test
    void aServiceThatAnswersWithErrorsForTooLongFailsTheRun() {
        GatewayUnderTest gateway = gateway(Map.of("millrace.gateway.undeliverable", "500ms"));
        services.answerTasksWith(503);
        String run = start(gateway);
        awaitState(gateway, run, "FAILED");
        assertThat(logOf(gateway, run)).contains("SERVICE_UNAVAILABLE: the extractor refused the task with status 503");
    }

    @Test
    void aNewGatewayTakesUpWhatACrashedOneLeft() {
        GatewayUnderTest gateway = gateway();
        services.answerTasksWith(503);
        String run = start(gateway);
        gateway.close();
        services.answerTasksWith(202);

        GatewayUnderTest next = gateway();
        services.finish(services.next(Step.EXTRACT), 10, 0);
        services.finish(services.next(Step.TRANSFORM), 10, 0);
        services.commit(services.next(Step.LOAD), 10);
        assertThat(state(next, run)).isEqualTo("SUCCEEDED");
    }

    @Test
    void ofTwentyRequestsAtOnceOneStartsARun() throws Exception {
        GatewayUnderTest gateway = gateway();
        GatewayUnderTest other = sharesItsDatabase() ? gateway() : gateway;
        List<GatewayUnderTest.Answer> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<GatewayUnderTest.Answer>> calls = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                GatewayUnderTest one = i % 2 == 0 ? gateway : other;
                calls.add(threads.submit(() -> one.post(STUDENTS, "{}")));
            }
            for (Future<GatewayUnderTest.Answer> call : calls) {
                answers.add(call.get());
            }
        }
        assertThat(answers).filteredOn(answer -> answer.status() == 202).hasSize(1);
        String run = answers.stream()
                .filter(answer -> answer.status() == 202)
                .findFirst()
                .orElseThrow()
                .runId();
        assertThat(answers)
                .filteredOn(answer -> answer.status() == 409)
                .hasSize(19)
                .allSatisfy(answer -> {
                    assertThat(answer.contentType()).isEqualTo("application/problem+json");
                    assertThat(answer.text("code")).isEqualTo("RUN_ACTIVE");
                    assertThat(answer.text("run")).isEqualTo(run);
                });
        services.next(Step.EXTRACT);
        assertThat(services.hasTask(Step.EXTRACT)).isFalse();
    }

    /** Whether several gateways can use one database. */
    abstract boolean sharesItsDatabase();

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

    private static void assertProblem(GatewayUnderTest.Answer answer, int status, String code) {
        assertThat(answer.contentType()).isEqualTo("application/problem+json");
        assertThat(answer.text("code")).isEqualTo(code);
        assertThat(answer.text("status")).isEqualTo(String.valueOf(status));
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.text("detail")).isNotBlank();
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

    private List<Task> limited(String limits, int runs) throws IOException {
        return limited(limits, runs, Map.of());
    }

    private List<Task> limited(String limits, int runs, Map<String, Object> properties) throws IOException {
        Files.writeString(folder.resolve("pipelines/limited.yaml"), """
            version: 1
            name: limited
            source: {type: rest, baseUrl: "http://127.0.0.1:1", limits: %s}
            endpoints:
              one: &endpoint
                request: {path: /one}
                destination: {table: limited.one, write: append}
                schema: [{name: id, type: INTEGER}]
              two: *endpoint
              three: *endpoint
            """.formatted(limits));
        GatewayUnderTest gateway = gateway(properties);
        List<Task> tasks = new ArrayList<>();
        for (String endpoint : List.of("one", "two", "three").subList(0, runs)) {
            GatewayUnderTest.Answer answer =
                    gateway.post("/api/v1/pipelines/limited/endpoints/" + endpoint + "/runs", "{}");
            assertThat(answer.status()).isEqualTo(202);
            tasks.add(services.next(Step.EXTRACT));
        }
        return tasks;
    }

    private Task withoutLimits() {
        start(gateway());
        return services.next(Step.EXTRACT);
    }

    private int held(Task task, int wanted, int underWay) {
        assertThat(services.beat(task, 0)).isEqualTo(200);
        return services.permits(task, new PermitRequest(wanted, underWay, 0)).held();
    }

    @Test
    void runsShareTheRequestsThatMayBeUnderWayAndNeverHaveMore() throws IOException {
        List<Task> tasks = limited("{parallel: 4}", 2);
        Task one = tasks.get(0);
        Task two = tasks.get(1);

        assertThat(held(one, 3, 0)).isEqualTo(3);
        assertThat(held(one, 8, 3)).isEqualTo(4);
        assertThat(held(two, 8, 0)).isZero();
        assertThat(held(one, 8, 4)).as("what is under way can't be taken back").isEqualTo(4);
        assertThat(held(one, 8, 1)).as("the other one lacks its half").isEqualTo(2);
        assertThat(held(two, 8, 0)).isEqualTo(2);
        assertThat(held(one, 8, 2)).isEqualTo(2);
        assertThat(held(two, 0, 0)).isZero();
        assertThat(held(one, 8, 2)).isEqualTo(4);
        services.finish(one, 10, 0);
        assertThat(held(two, 8, 0)).as("what an ended task held is free").isEqualTo(4);
    }

    @Test
    void runsTakeTurnsWhereThereAreMoreThanRequestsThatMayBeUnderWay() throws IOException {
        List<Task> tasks = limited("{parallel: 1}", 3);

        assertThat(held(tasks.get(0), 4, 0)).isEqualTo(1);
        assertThat(held(tasks.get(1), 4, 0)).isZero();
        assertThat(held(tasks.get(2), 4, 0)).isZero();
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            assertThat(services.beat(tasks.get(1), 0) + services.beat(tasks.get(2), 0))
                    .isEqualTo(400);
            return held(tasks.get(0), 4, 0) == 0;
        });
        assertThat(held(tasks.get(2), 4, 0))
                .as("the other one has waited for longer")
                .isZero();
        assertThat(held(tasks.get(1), 4, 0)).isEqualTo(1);
        assertThat(held(tasks.get(0), 4, 0)).isZero();
    }

    @Test
    void permitsOfAKilledServiceComeBackWithItsTask() throws IOException {
        List<Task> tasks = limited("{parallel: 4}", 2, Map.of("millrace.gateway.lease", "3s"));
        assertThat(held(tasks.get(0), 4, 4)).isEqualTo(4);

        await().atMost(Duration.ofSeconds(20)).until(() -> held(tasks.get(1), 4, 0) == 4);
        assertThat(services.askForPermits(
                                tasks.get(0),
                                new PermitRequest(4, 4, 0),
                                tasks.get(0).subject())
                        .statusCode())
                .isEqualTo(409);
    }

    @Test
    void beginningsOfRequestsAreSpreadOverTimeWhoeverAsks() throws Exception {
        List<Task> tasks = limited("{requestsPerSecond: 100}", 2);
        long started = System.nanoTime();
        long latest = 0;
        int starts = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<PermitRequest.Grant>> grants = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Task task = tasks.get(i % 2);
                grants.add(threads.submit(() -> services.permits(task, new PermitRequest(0, 0, 15))));
            }
            for (Future<PermitRequest.Grant> future : grants) {
                PermitRequest.Grant grant = future.get();
                assertThat(grant.everyMicros()).isEqualTo(10_000);
                assertThat(grant.starts()).isEqualTo(15);
                starts += grant.starts();
                latest = Math.max(latest, grant.inMicros() + grant.starts() * grant.everyMicros());
            }
        }
        long micros = latest + (System.nanoTime() - started) / 1000;
        assertThat(micros).as("300 of them need three seconds").isGreaterThanOrEqualTo(starts * 10_000L);
        assertThat(latest).isLessThan(3_100_000);
    }

    @Test
    void permitsAreForAnAttemptOfASourceWithLimits() throws IOException {
        Task task = limited("{parallel: 2, requestsPerSecond: 0.5}", 1).getFirst();

        assertThat(services.permits(task, new PermitRequest(4, 0, 100)))
                .satisfies(grant -> assertThat(grant.held()).isEqualTo(2))
                .satisfies(grant -> assertThat(grant.starts()).isEqualTo(1))
                .satisfies(grant -> assertThat(grant.everyMicros()).isEqualTo(2_000_000));
        assertThat(services.askForPermits(task, new PermitRequest(1, 0, 0), "task:other/1")
                        .statusCode())
                .isEqualTo(403);
        services.finish(task, 1, 0);
        assertThat(services.askForPermits(task, new PermitRequest(1, 0, 0), task.subject())
                        .statusCode())
                .isEqualTo(409);
        Task unlimited = withoutLimits();
        assertThat(services.askForPermits(unlimited, new PermitRequest(1, 0, 0), unlimited.subject())
                        .statusCode())
                .isEqualTo(400);
    }

    // models and buckets

    private static final String MARTS = """
            version: 1
            name: marts
            source: {type: rest, baseUrl: "http://127.0.0.1:1"}
            endpoints:
              a: {request: {path: /a}, destination: {table: marts.a, write: append}, schema: [{name: id, type: INTEGER}]}
              b: {request: {path: /b}, destination: {table: marts.b, write: append}, schema: [{name: id, type: INTEGER}]}
              raw:
                request: {path: "/raw", query: {day: "${day}"}}
                destination: {type: bucket, bucket: lake, key: events/raw, rows: 5}
                day: {}
                rejects: {maxShare: 0.1}
            models:
              late: {after: [mid], destination: {table: marts.late, write: replace}, sql: SELECT 2 AS n}
              mid: {after: [a, b], destination: {table: marts.mid, write: replace}, sql: SELECT 1 AS n}
              other: {after: [b], destination: {table: marts.other, write: append}, sql: SELECT 3 AS n}
            """;

    /** Starts what is named, by the names of the pipeline. */
    private Map<String, String> startMarts(GatewayUnderTest gateway, String... names) {
        try {
            Files.writeString(folder.resolve("pipelines/marts.yaml"), MARTS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String body = "{\"endpoints\":[\"" + String.join("\",\"", names) + "\"]}";
        GatewayUnderTest.Answer answer = gateway.post("/api/v1/pipelines/marts/runs", body);
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(202);
        Map<String, String> runs = new TreeMap<>();
        Objects.requireNonNull(answer.body().get("runs"))
                .values()
                .forEach(run -> runs.put(
                        Objects.requireNonNull(run.get("endpoint")).coerceStringValue(),
                        Objects.requireNonNull(run.get("id")).coerceStringValue()));
        return runs;
    }

    /** Loads of the next runs that get so far, by endpoint. */
    private Map<String, Task> loads(int count) {
        Map<String, Task> loads = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            services.finish(services.next(Step.EXTRACT), 1, 0);
        }
        for (int i = 0; i < count; i++) {
            services.finish(services.next(Step.TRANSFORM), 1, 0);
        }
        for (int i = 0; i < count; i++) {
            Task load = services.next(Step.LOAD);
            loads.put(load.endpoint(), load);
        }
        return loads;
    }

    private static String error(GatewayUnderTest gateway, String run) {
        JsonNode error =
                Objects.requireNonNull(gateway.get("/api/v1/runs/" + run).body().get("error"));
        return Objects.requireNonNull(error.get("code")).coerceStringValue() + ": "
                + Objects.requireNonNull(error.get("detail")).coerceStringValue();
    }

    @Test
    void aModelStartsWhenAllThatItComesAfterHasSucceeded() {
        GatewayUnderTest gateway = gateway();
        Map<String, String> runs = startMarts(gateway, "a", "b");
        assertThat(runs).containsOnlyKeys("a", "b", "late", "mid", "other");
        Map<String, Task> loads = loads(2);
        services.commit(Objects.requireNonNull(loads.get("b")), 1);

        Task other = services.next(Step.LOAD);
        assertThat(other.work())
                .isInstanceOfSatisfying(
                        Work.Model.class, model -> assertThat(model.sql()).isEqualTo("SELECT 3 AS n"));
        assertThat(state(gateway, Objects.requireNonNull(runs.get("mid")))).isEqualTo("QUEUED");
        assertThat(state(gateway, Objects.requireNonNull(runs.get("other")))).isEqualTo("LOADING");
        services.commit(Objects.requireNonNull(loads.get("a")), 1);
        Task mid = services.next(Step.LOAD);
        assertThat(mid.run()).isEqualTo(runs.get("mid"));
        services.commit(mid, 7);
        services.commit(mid, 7);
        Task late = services.next(Step.LOAD);
        assertThat(late.endpoint()).isEqualTo("late");
        services.commit(late, 7);
        services.commit(other, 7);

        runs.values().forEach(run -> awaitState(gateway, run, "SUCCEEDED"));
        assertThat(logOf(gateway, Objects.requireNonNull(runs.get("mid"))))
                .startsWith("START marts/mid after a, b\n")
                .endsWith("END SUCCEEDED\n");
        assertThat(services.hasTask(Step.LOAD)).isFalse();
    }

    @Test
    void aModelFollowsTheOneEndpointThatWasStarted() {
        GatewayUnderTest gateway = gateway();
        Map<String, String> runs = startMarts(gateway, "a");
        assertThat(runs).containsOnlyKeys("a", "late", "mid");
        services.commit(Objects.requireNonNull(loads(1).get("a")), 1);
        assertThat(services.next(Step.LOAD).endpoint()).isEqualTo("mid");
    }

    @Test
    void aModelRunsByItsNameAsOftenAsItIsAskedFor() {
        GatewayUnderTest gateway = gateway();
        Map<String, String> first = startMarts(gateway, "late");
        Map<String, String> second = startMarts(gateway, "late");
        Task one = services.next(Step.LOAD);
        services.commit(one, 1);
        Task other = services.next(Step.LOAD);
        services.commit(other, 1);
        assertThat(List.of(one.run(), other.run())).containsExactlyInAnyOrder(first.get("late"), second.get("late"));
    }

    @Test
    void whatFailsStopsWhatComesAfterAndNothingElse() {
        GatewayUnderTest gateway = gateway();
        Map<String, String> runs = startMarts(gateway, "a", "b");
        Task one = services.next(Step.EXTRACT);
        Task two = services.next(Step.EXTRACT);
        Task a = one.endpoint().equals("a") ? one : two;
        Task b = one.endpoint().equals("a") ? two : one;
        assertThat(services.fail(a, ErrorCode.SOURCE_UNAVAILABLE, "away")).isEqualTo(200);

        awaitState(gateway, Objects.requireNonNull(runs.get("mid")), "FAILED");
        awaitState(gateway, Objects.requireNonNull(runs.get("late")), "FAILED");
        assertThat(error(gateway, Objects.requireNonNull(runs.get("mid"))))
                .contains("UPSTREAM_FAILED", "mid comes after a, whose run " + runs.get("a") + " ended as FAILED");
        assertThat(error(gateway, Objects.requireNonNull(runs.get("late")))).contains("late comes after mid");
        services.finish(b, 1, 0);
        services.finish(services.next(Step.TRANSFORM), 1, 0);
        services.commit(services.next(Step.LOAD), 1);
        services.commit(services.next(Step.LOAD), 1);
        awaitState(gateway, Objects.requireNonNull(runs.get("other")), "SUCCEEDED");

        gateway.post("/api/v1/runs/" + runs.get("a") + "/retry", "");
        services.commit(Objects.requireNonNull(loads(1).get("a")), 1);
        services.commit(services.next(Step.LOAD), 1);
        services.commit(services.next(Step.LOAD), 1);
        runs.values().forEach(run -> awaitState(gateway, run, "SUCCEEDED"));
    }

    @Test
    void aModelThatIsRetriedByItselfDoesNotWaitForWhatHasFailed() {
        GatewayUnderTest gateway = gateway();
        Map<String, String> runs = startMarts(gateway, "a");
        gateway.post("/api/v1/runs/" + runs.get("a") + "/cancel", "");
        awaitState(gateway, Objects.requireNonNull(runs.get("late")), "FAILED");
        assertThat(error(gateway, Objects.requireNonNull(runs.get("mid")))).contains("ended as CANCELLED");

        gateway.post("/api/v1/runs/" + runs.get("mid") + "/retry", "");
        services.commit(services.next(Step.LOAD), 1);
        services.commit(services.next(Step.LOAD), 1);
        awaitState(gateway, Objects.requireNonNull(runs.get("late")), "SUCCEEDED");
        assertThat(state(gateway, Objects.requireNonNull(runs.get("a")))).isEqualTo("CANCELLED");
    }

    @Test
    void aModelThatWaitsCanBeCancelled() {
        GatewayUnderTest gateway = gateway();
        Map<String, String> runs = startMarts(gateway, "a");
        gateway.post("/api/v1/runs/" + runs.get("mid") + "/cancel", "");
        assertThat(state(gateway, Objects.requireNonNull(runs.get("mid")))).isEqualTo("CANCELLED");
        services.commit(Objects.requireNonNull(loads(1).get("a")), 1);
        awaitState(gateway, Objects.requireNonNull(runs.get("a")), "SUCCEEDED");
        awaitState(gateway, Objects.requireNonNull(runs.get("late")), "FAILED");
        assertThat(services.hasTask(Step.LOAD)).isFalse();
    }

    @Test
    void aModelThatWaitedStartsThoughItsGatewayHasDied() {
        GatewayUnderTest first = gateway();
        Map<String, String> runs = startMarts(first, "a");
        Task extract = services.next(Step.EXTRACT);
        first.close();

        GatewayUnderTest second = gateway();
        services.finish(at(extract, second), 1, 0);
        services.finish(services.next(Step.TRANSFORM), 1, 0);
        services.commit(services.next(Step.LOAD), 1);
        services.commit(services.next(Step.LOAD), 1);
        services.commit(services.next(Step.LOAD), 1);
        awaitState(second, Objects.requireNonNull(runs.get("late")), "SUCCEEDED");
    }

    @Test
    void recordsForABucketAreNotTransformedAndTheLogFollowsThem() {
        GatewayUnderTest gateway = gateway();
        GatewayUnderTest.Answer answer = startRaw(gateway);
        String run = answer.runId();
        Task extract = services.next(Step.EXTRACT);
        assertThat(((Work.ExtractRest) extract.work()).parts().rows()).isEqualTo(5);
        services.finish(extract, 100, 4);
        Task publish = services.next(Step.LOAD);
        assertThat(publish.work()).isInstanceOf(Work.Publish.class);
        services.commit(publish, 96);

        awaitState(gateway, run, "SUCCEEDED");
        GatewayUnderTest.Answer ended = gateway.get("/api/v1/runs/" + run);
        assertThat(ended.text("table")).isEqualTo("lake/events/raw/2026-01-31");
        assertThat(ended.text("rowsExtracted")).isEqualTo("100");
        assertThat(ended.text("rowsLoaded")).isEqualTo("96");
        assertThat(ended.text("rowsRejected")).isEqualTo("4");
        RunLogCopy copy = services.nextLogCopy();
        assertThat(copy.run()).isEqualTo(run);
        assertThat(copy.publication().prefix()).isEqualTo("events/raw/2026-01-31");
        assertThat(services.staging().exists(copy.log())).isTrue();
    }

    @Test
    void aPublicationIsAbortedWhereItWouldBe() {
        GatewayUnderTest gateway = gateway();
        String run = startRaw(gateway).runId();
        services.finish(services.next(Step.EXTRACT), 10, 0);
        Task publish = services.next(Step.LOAD);
        services.answerAbortsWith(new Abort.Closed());
        gateway.post("/api/v1/runs/" + run + "/cancel", "");
        Abort abort = services.nextAbort();
        assertThat(Objects.requireNonNull(abort.publication()).name()).isEqualTo("lake/events/raw/2026-01-31");
        awaitState(gateway, run, "CANCELLED");
        assertThat(services.report(publish, new Outcome.Committed(new LoadResult(10, 0, 10))))
                .isEqualTo(409);

        gateway.post("/api/v1/runs/" + run + "/retry", "");
        Task again = services.next(Step.LOAD);
        assertThat(((Work.Publish) again.work()).generation()).isEqualTo(2);
        services.commit(again, 10);
        awaitState(gateway, run, "SUCCEEDED");
    }

    private GatewayUnderTest.Answer startRaw(GatewayUnderTest gateway) {
        try {
            Files.writeString(folder.resolve("pipelines/marts.yaml"), MARTS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return gateway.post("/api/v1/pipelines/marts/endpoints/raw/runs", "{\"day\":\"2026-01-31\"}");
    }

    private static final byte[] WEBHOOK_KEY = "a key of thirty-two bytes, 4 test".getBytes(StandardCharsets.UTF_8);

    private WebhookDouble webhook() throws IOException {
        WebhookDouble webhook = new WebhookDouble();
        opened.add(webhook);
        return webhook;
    }

    private static Map<String, Object> notifying(WebhookDouble webhook) {
        return Map.of(
                "millrace.notifications.webhooks.team.url",
                webhook.url("/team"),
                "millrace.notifications.webhooks.team.secret",
                "whsec_" + Base64.getEncoder().encodeToString(WEBHOOK_KEY),
                "millrace.notifications.webhooks.others.url",
                webhook.url("/others"),
                "millrace.notifications.webhooks.others.pipelines",
                "another",
                "millrace.notifications.webhooks.rare.url",
                webhook.url("/rare"),
                "millrace.notifications.webhooks.rare.events",
                "recovered");
    }

    @Test
    void aWebhookIsToldOfAFailureUntilItTakesItAndOfTheRecovery() throws Exception {
        WebhookDouble webhook = webhook();
        webhook.refuse(1);
        GatewayUnderTest gateway = gateway(notifying(webhook));
        String failed = start(gateway);
        services.fail(services.next(Step.EXTRACT), ErrorCode.SOURCE_UNAVAILABLE, "down <b>& out");

        WebhookDouble.Request refused = webhook.next();
        WebhookDouble.Request taken = webhook.next();

        assertThat(refused.status()).isEqualTo(503);
        assertThat(taken.id()).isEqualTo(refused.id()).isNotEmpty();
        assertThat(taken.body()).isEqualTo(refused.body());
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(WEBHOOK_KEY, "HmacSHA256"));
        String signed = taken.id() + "." + taken.timestamp() + "." + taken.body();
        assertThat(taken.signature())
                .isEqualTo("v1,"
                        + Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8))));
        assertThat(taken.type()).isEqualTo("run.failed");
        assertThat(taken.body())
                .contains(
                        "\"text\":\"school/students failed with SOURCE_UNAVAILABLE (run " + failed + ")\"",
                        "\"pipeline\":\"school\"",
                        "\"table\":\"school.students\"",
                        "\"error\":{\"code\":\"SOURCE_UNAVAILABLE\",\"detail\":\"down <b>& out\"}");

        gateway.post("/api/v1/runs/" + failed + "/retry", "");
        services.commit(untilLoading(), 100);
        WebhookDouble.Request one = webhook.next();
        WebhookDouble.Request other = webhook.next();

        assertThat(List.of(one.type(), other.type())).containsOnly("run.recovered");
        assertThat(one.body()).contains("\"rowsLoaded\":100", "\"since\":", "succeeded again, after 0 min");
        services.commit(started(gateway), 100);
        assertThat(webhook.paths())
                .as("nothing of a success after a success, and to each only what it wants")
                .containsExactlyInAnyOrder("/team", "/team", "/team", "/rare");
    }

    private static Drift drift(String... missing) {
        return new Drift(100, List.of(missing), List.of(), List.of(new Drift.Seen("email_address", 100, 100)), 0);
    }

    /** Loads 100 rows whose records have drifted. */
    private String drifted(GatewayUnderTest gateway, Drift drift) {
        String run = start(gateway);
        services.finish(services.next(Step.EXTRACT), 100, 0);
        Task transform = services.next(Step.TRANSFORM);
        Outcome.Staged staged = services.stage(transform, 100, 0);
        services.report(transform, new Outcome.Staged(staged.manifest(), staged.counts(), drift));
        services.commit(services.next(Step.LOAD), 100);
        awaitState(gateway, run, "SUCCEEDED");
        return run;
    }

    @Test
    void driftIsInTheRunsAnswerInMetricsAndToldOnceUntilItIsAnother() throws Exception {
        WebhookDouble webhook = webhook();
        GatewayUnderTest gateway = gateway(
                Map.of("millrace.notifications.webhooks.team.url", webhook.url("/team")));

        String run = drifted(gateway, drift("email", "address.city"));
        assertThat(ObjectMapper.getDefault().writeValueAsString(gateway.get("/api/v1/runs/" + run).body()))
                .contains("\"drift\":{\"records\":100,\"missing\":[\"email\",\"address.city\"],\"partial\":[],"
                        + "\"unread\":[{\"name\":\"email_address\",\"records\":100,\"of\":100}],\"unnamed\":0}");
        WebhookDouble.Request told = webhook.next();
        assertThat(told.type()).isEqualTo("run.drift");
        assertThat(told.body())
                .contains(
                        "\"text\":\"school/students succeeded, but no record has email, address.city (run " + run + ")\"",
                        "\"missing\":[\"email\",\"address.city\"]",
                        "\"rowsLoaded\":100");
        assertThat(gateway.get("/prometheus").body().coerceStringValue())
                .contains("millrace_drift_missing_total{endpoint=\"students\",pipeline=\"school\"} 2.0")
                .contains("millrace_drift_unread_total{endpoint=\"students\",pipeline=\"school\"} 1.0");

        drifted(gateway, drift("email", "address.city")); // the same again
        drifted(gateway, drift());
        drifted(gateway, drift("email"));
        assertThat(webhook.next().body()).contains("no record has email (run ");
        assertThat(webhook.paths()).hasSize(2);
    }

    private Task started(GatewayUnderTest gateway) {
        start(gateway);
        return untilLoading();
    }

    @Test
    void staleDataAreToldOnceHoweverManyGatewaysLook() throws Exception {
        Files.writeString(
                folder.resolve("pipelines/school.yaml"),
                PIPELINE.replace("rejects: {maxShare: 0.1}", "staleAfter: 1s"));
        WebhookDouble webhook = webhook();
        GatewayUnderTest gateway = gateway(notifying(webhook));
        gateway(notifying(webhook));

        WebhookDouble.Request stale = webhook.next();
        services.commit(started(gateway), 100);
        WebhookDouble.Request next = webhook.next();

        assertThat(stale.type()).isEqualTo("endpoint.stale");
        assertThat(stale.body())
                .contains(
                        "school/students is stale: school.students has not been loaded for 0 min", "\"staleAfter\":1");
        assertThat(next.type()).isEqualTo("run.recovered");
    }

    @Test
    void aNotificationThatNoWebhookTakesIsGivenUp() throws Exception {
        WebhookDouble webhook = webhook();
        webhook.refuse(1_000);
        GatewayUnderTest gateway = gateway(notifying(webhook));
        start(gateway);
        services.fail(services.next(Step.EXTRACT), ErrorCode.SOURCE_UNAVAILABLE, "down");
        webhook.next();
        try (Connection database = gateway.database();
                PreparedStatement aged = database.prepareStatement(
                        "UPDATE notification SET created_at = created_at - INTERVAL '25' HOUR")) {
            assertThat(aged.executeUpdate()).isEqualTo(1);
        }

        gateway.context().getBean(WebhookDelivery.class).giveUp();

        try (Connection database = gateway.database();
                PreparedStatement left = database.prepareStatement("SELECT COUNT(*) FROM notification");
                ResultSet rows = left.executeQuery()) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isZero();
        }
    }
}
