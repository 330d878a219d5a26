package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Part;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.json.tree.JsonNode;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
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

/** What a run may count on, whatever the run database. */
abstract class GatewayContract extends SchoolTests {
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
        assertThat(rejected(gateway, run, "column=ID&code=VALUE_INVALID")).isEqualTo(3);
        assertThat(rejected(gateway, run, "column=id&after=1")).isEqualTo(2);
        assertThat(rejected(gateway, run, "column=none")).isZero();
        assertThat(rejected(gateway, run, "code=VALUE_MISSING")).isZero();
        assertThat(gateway.get("/api/v1/runs/" + run + "/rejects?code=NONE").text("detail"))
                .startsWith("code: 'NONE' (expected: ");
        assertThat(logOf(gateway, run)).contains("END SUCCEEDED");
    }

    private static int rejected(GatewayUnderTest gateway, String run, String wanted) {
        return Objects.requireNonNull(gateway.get("/api/v1/runs/" + run + "/rejects?" + wanted)
                        .body()
                        .get("rejects"))
                .size();
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

    @Test
    void theArchivedLogHasTheLinesOfBatchesThatTheExtractorHasStagedInTheirPlaces() throws Exception {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        Task extract = services.next(Step.EXTRACT);
        String batches = Task.batches(extract.run(), extract.endpoint(), extract.attempt());
        Part _ = services.write(
                batches + "-00000.ndjson.gz",
                "{\"time\":\"2020-01-01T00:00:00Z\",\"level\":\"DEBUG\",\"message\":\"page 11: 5 records\"}\n",
                1);
        Part _ = services.write(
                batches + "-00001.ndjson.gz",
                "{\"time\":\"2999-01-01T00:00:00Z\",\"level\":\"DEBUG\",\"message\":\"page 12: 5 records\"}\n",
                1);
        services.finish(extract, 100, 0);
        services.finish(services.next(Step.TRANSFORM), 100, 0);
        services.commit(services.next(Step.LOAD), 100);

        await().until(() -> archived(gateway, run));
        assertThat(logOf(gateway, run)).doesNotContain("page 11");
        List<String> lines;
        try (InputStream in = services.staging()
                .open(services.staging().list("archive/" + run + "/").getFirst())) {
            lines = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
        assertThat(lines.getFirst()).contains("page 11: 5 records");
        assertThat(lines.get(1)).contains("START");
        assertThat(lines.get(lines.size() - 2)).contains("END SUCCEEDED");
        assertThat(lines.getLast()).contains("page 12: 5 records");
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
        GatewayUnderTest gateway =
                newGateway(Map.of("millrace.gateway.lease", "200ms", "millrace.gateway.attempts", 3));
        String run = start(gateway);
        awaitState(gateway, run, "FAILED");
        assertThat(gateway.get("/api/v1/runs/" + run).body().get("error"))
                .isNotNull()
                .satisfies(error -> {
                    assertThat(error.get("code")).isEqualTo(JsonNode.createStringNode("WORKER_LOST"));
                    assertThat(error.get("detail"))
                            .isEqualTo(JsonNode.createStringNode("the extractor stopped answering, 3 times in a row"));
                    assertThat(error.get("actor")).isEqualTo(JsonNode.createStringNode("OPERATOR"));
                    assertThat(error.get("retry")).isEqualTo(JsonNode.createStringNode("YES"));
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
    void whatWasDamagedInStagingIsTriedAnewAFewTimes() {
        GatewayUnderTest gateway = newGateway(Map.of("millrace.gateway.attempts", "3"));
        String run = start(gateway);
        for (int attempt = 1; attempt <= 3; attempt++) {
            Task task = services.next(Step.EXTRACT);
            assertThat(task.attempt()).isEqualTo(attempt);
            assertThat(services.fail(task, ErrorCode.STAGING_CORRUPT, "part-00000: its upload session is lost"))
                    .isEqualTo(200);
        }
        assertThat(state(gateway, run)).isEqualTo("FAILED");
        assertThat(logOf(gateway, run))
                .contains("part-00000: its upload session is lost; attempt 2 follows")
                .contains("part-00000: its upload session is lost; attempt 3 follows")
                .contains("STAGING_CORRUPT: part-00000: its upload session is lost");
    }

    @Test
    void whatIsDamagedOnTheWayToALaterStepIsTriedAnewToo() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        services.finish(services.next(Step.EXTRACT), 100, 0);
        services.fail(services.next(Step.TRANSFORM), ErrorCode.STAGING_CORRUPT, "part-00000 is not whole");
        Task transform = services.next(Step.TRANSFORM);
        assertThat(transform.attempt()).isEqualTo(2);
        services.finish(transform, 100, 0);
        services.fail(services.next(Step.LOAD), ErrorCode.STAGING_CORRUPT, "part-00000 is not whole");
        Task load = services.next(Step.LOAD);
        assertThat(load.attempt()).isEqualTo(2);
        services.commit(load, 100);

        assertThat(state(gateway, run)).isEqualTo("SUCCEEDED");
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
        GatewayUnderTest gateway = newGateway(Map.of(
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
        GatewayUnderTest gateway = newGateway(Map.of("millrace.gateway.undeliverable", "500ms"));
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
        end(gateway);
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
}
