package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Abort;
import dev.millrace.task.Outcome;
import dev.millrace.task.PermitRequest;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import io.micronaut.json.tree.JsonNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is stored of a run and can't be read is the end of this run, and of no other. */
class UnreadableSpecTest extends GatewayTests {
    private static final String PIPELINE = """
            version: 1
            name: school
            source: {type: rest, baseUrl: "http://127.0.0.1:1", limits: {parallel: 2}}
            endpoints:
              students:
                request: {path: /students}
                destination: {table: school.students, write: append}
                schema: [{name: id, type: INTEGER}]
              pupils:
                request: {path: /pupils}
                destination: {table: school.pupils, write: append}
                schema: [{name: id, type: INTEGER}]
              published:
                request: {path: /published}
                destination: {type: bucket, bucket: lake, key: published}
            models:
              summary:
                sql: SELECT COUNT(*) AS n FROM school.pupils
                after: [pupils]
                destination: {table: school.summary, write: replace}
            """;
    private static final String GARBAGE = "{\"type\": \"endpoint\", \"endpoint\": {\"destin";

    UnreadableSpecTest() {
        super("school", PIPELINE);
    }

    private static String start(GatewayUnderTest gateway, String endpoint) {
        GatewayUnderTest.Answer answer = gateway.post("/api/v1/pipelines/school/endpoints/" + endpoint + "/runs", "{}");
        assertThat(answer.status()).isEqualTo(202);
        return answer.runId();
    }

    /** Replaces a part of a stored text, which must be there. */
    private static void store(
            GatewayUnderTest gateway, String table, String column, String run, String part, String replacement)
            throws SQLException {
        String id = table.equals("run") ? "id" : "run";
        try (Connection connection = gateway.database();
                PreparedStatement update = connection.prepareStatement("UPDATE " + table + " SET " + column
                        + " = REPLACE(" + column + ", ?, ?) WHERE " + id + " = ? AND POSITION(? IN " + column
                        + ") > 0")) {
            update.setString(1, part);
            update.setString(2, replacement);
            update.setString(3, run);
            update.setString(4, part);
            assertThat(update.executeUpdate()).as(part).isEqualTo(1);
        }
    }

    private static String spec(GatewayUnderTest gateway, String run) throws SQLException {
        try (Connection connection = gateway.database();
                PreparedStatement query = connection.prepareStatement("SELECT spec FROM run WHERE id = ?")) {
            query.setString(1, run);
            try (ResultSet row = query.executeQuery()) {
                assertThat(row.next()).isTrue();
                return row.getString(1);
            }
        }
    }

    private static void storeSpec(GatewayUnderTest gateway, String run, String spec) throws SQLException {
        try (Connection connection = gateway.database();
                PreparedStatement update = connection.prepareStatement("UPDATE run SET spec = ? WHERE id = ?")) {
            update.setString(1, spec);
            update.setString(2, run);
            assertThat(update.executeUpdate()).isEqualTo(1);
        }
    }

    private static String error(GatewayUnderTest gateway, String run) {
        return Objects.requireNonNull(Objects.requireNonNull(
                                gateway.get("/api/v1/runs/" + run).body().get("error"))
                        .get("code"))
                .coerceStringValue();
    }

    private void succeed(String run) {
        Task extract = services.next(Step.EXTRACT);
        assertThat(extract.run()).isEqualTo(run);
        services.finish(extract, 3, 0);
        services.finish(services.next(Step.TRANSFORM), 3, 0);
        services.commit(services.next(Step.LOAD), 3);
    }

    private static String health(GatewayUnderTest gateway) {
        return gateway.get("/health").text("status");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "run  | spec | \"type\":\"rest\" | \"type\":\"carrier-pigeon\"",
                "run  | spec | \"path\":\"/students\" | \"path\":[7]",
                "run  | spec | \"endpoint\":{   | \"endpoint\":[",
                "run  | spec | {                 | [",
                "task | work | \"path\":\"/students\" | \"path\":[7]",
            })
    void aRunThatCantBeReadFailsAndAllOthersGoOn(String table, String column, String part, String replacement)
            throws Exception {
        GatewayUnderTest gateway = newGateway(Map.of());
        services.answerTasksWith(503);
        String broken = start(gateway, "students");
        String other = start(gateway, "pupils");
        store(gateway, table, column, broken, part, replacement);

        awaitState(gateway, broken, "FAILED");
        assertThat(error(gateway, broken)).isEqualTo("SPEC_UNREADABLE");
        assertThat(logOf(gateway, broken)).contains("SPEC_UNREADABLE: run " + broken + ": the stored ");
        services.answerTasksWith(202);
        succeed(other);
        assertThat(state(gateway, other)).isEqualTo("SUCCEEDED");
        await().until(() -> archived(gateway, broken));

        assertThat(health(gateway)).isEqualTo("DEGRADED");
        assertThat(gateway.get("/health").status()).isEqualTo(200);
        assertThat(gateway.get("/health/liveness").text("status")).isEqualTo("UP");
        assertThat(gateway.get("/health/readiness").status()).isEqualTo(200);
        assertThat(gateway.metric("millrace_runs_unreadable_total")).isEqualTo(1);
        assertThat(gateway.metric("millrace_work_failures_total")).isZero();
    }

    @Test
    void aRetryOfWhatCantBeReadSaysSoAndWorksOnceItCanBe() throws Exception {
        GatewayUnderTest gateway = newGateway(Map.of());
        services.answerTasksWith(503);
        String run = start(gateway, "students");
        String spec = spec(gateway, run);
        storeSpec(gateway, run, GARBAGE);
        awaitState(gateway, run, "FAILED");

        GatewayUnderTest.Answer refused = gateway.post("/api/v1/runs/" + run + "/retry", "");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.text("code")).isEqualTo("SPEC_UNREADABLE");
        assertThat(refused.text("detail")).contains(run, "RunSpec can't be read");
        assertThat(state(gateway, run)).isEqualTo("FAILED");

        services.answerTasksWith(202);
        storeSpec(gateway, run, spec);
        assertThat(gateway.post("/api/v1/runs/" + run + "/retry", "").status()).isEqualTo(200);
        succeed(run);
        assertThat(state(gateway, run)).isEqualTo("SUCCEEDED");
        await().untilAsserted(() -> assertThat(health(gateway)).isEqualTo("UP"));
    }

    @Test
    void aStepThatEndsWhenTheSpecCantBeReadAnyMoreFailsItsRun() throws Exception {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway, "students");
        Task extract = services.next(Step.EXTRACT);
        storeSpec(gateway, run, GARBAGE);

        assertThat(services.report(extract, services.stage(extract, 3, 0))).isEqualTo(200);
        assertThat(state(gateway, run)).isEqualTo("FAILED");
        assertThat(error(gateway, run)).isEqualTo("SPEC_UNREADABLE");
    }

    @Test
    void anExtractorThatAsksForPermitsOfWhatCantBeReadIsStopped() throws Exception {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway, "students");
        Task extract = services.next(Step.EXTRACT);
        storeSpec(gateway, run, GARBAGE);

        assertThat(services.askForPermits(extract, new PermitRequest(1, 0, 0), extract.subject())
                        .statusCode())
                .isEqualTo(409);
        assertThat(services.beat(extract, 1)).as("stop").isEqualTo(0);
        assertThat(error(gateway, run)).isEqualTo("SPEC_UNREADABLE");
    }

    @Test
    void aLoadIsClosedByWhatCanStillBeReadOfItsSpec() throws Exception {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway, "published");
        services.finish(services.next(Step.EXTRACT), 3, 0);
        Task load = services.next(Step.LOAD);
        store(gateway, "run", "spec", run, "\"type\":\"rest\"", "\"type\":\"carrier-pigeon\"");
        services.answerAbortsWith(new Abort.Closed());

        services.fail(load, ErrorCode.WAREHOUSE_FAILED, "no space left");
        Abort abort = services.nextAbort();
        assertThat(abort.load()).isEqualTo(run);
        assertThat(Objects.requireNonNull(abort.publication()).name()).contains("lake");
        awaitState(gateway, run, "FAILED");
        assertThat(error(gateway, run)).isEqualTo("WAREHOUSE_FAILED");
        assertThat(services.nextLogCopy().run()).isEqualTo(run);
    }

    @Test
    void aRunWhoseLoadCantBeClosedEndsAndSaysWhatIsNotKnown() throws Exception {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway, "students");
        services.finish(services.next(Step.EXTRACT), 3, 0);
        services.finish(services.next(Step.TRANSFORM), 3, 0);
        services.next(Step.LOAD);
        String spec = spec(gateway, run);
        storeSpec(gateway, run, GARBAGE);

        gateway.post("/api/v1/runs/" + run + "/cancel", "");
        awaitState(gateway, run, "FAILED");
        assertThat(error(gateway, run)).isEqualTo("SPEC_UNREADABLE");
        assertThat(logOf(gateway, run)).contains("it isn't known whether the load is in school.students");
        await().until(() -> archived(gateway, run));
        String next = start(gateway, "students");
        gateway.post("/api/v1/runs/" + next + "/cancel", "");

        storeSpec(gateway, run, spec);
        assertThat(gateway.post("/api/v1/runs/" + run + "/retry", "").status()).isEqualTo(200);
        Task again = services.next(Step.LOAD);
        assertThat(again.run()).isEqualTo(run);
        services.commit(again, 3);
        assertThat(state(gateway, run)).isEqualTo("SUCCEEDED");
    }

    @Test
    void aModelThatCantBeReadKeepsNothingFromBeingTakenUpAgain() throws Exception {
        GatewayUnderTest gateway = gateway();
        GatewayUnderTest.Answer started =
                gateway.post("/api/v1/pipelines/school/runs", "{\"endpoints\": [\"pupils\"]}");
        assertThat(started.status()).isEqualTo(202);
        JsonNode runs = Objects.requireNonNull(started.body().get("runs"));
        String pupils = Objects.requireNonNull(
                        Objects.requireNonNull(runs.get(0)).get("id"))
                .coerceStringValue();
        String summary = Objects.requireNonNull(
                        Objects.requireNonNull(runs.get(1)).get("id"))
                .coerceStringValue();
        services.report(services.next(Step.EXTRACT), new Outcome.Failed(ErrorCode.SOURCE_REFUSED, "404"));
        awaitState(gateway, summary, "FAILED");
        storeSpec(gateway, summary, GARBAGE);

        assertThat(gateway.post("/api/v1/runs/" + pupils + "/retry", "").status())
                .isEqualTo(200);
        assertThat(state(gateway, summary)).isEqualTo("FAILED");
        assertThat(logOf(gateway, summary)).contains("not taken up again: SPEC_UNREADABLE");
        succeed(pupils);
        assertThat(state(gateway, pupils)).isEqualTo("SUCCEEDED");
    }

    @Test
    void anErrorCodeOfANewerVersionKeepsNoRunFromEnding() throws Exception {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway, "students");
        services.finish(services.next(Step.EXTRACT), 3, 0);
        services.finish(services.next(Step.TRANSFORM), 3, 0);
        services.fail(services.next(Step.LOAD), ErrorCode.WAREHOUSE_FAILED, "no space left");
        store(gateway, "run", "error_code", run, "WAREHOUSE_FAILED", "WAREHOUSE_ON_STRIKE");

        services.answerAbortsWith(new Abort.Closed());
        awaitState(gateway, run, "FAILED");
        assertThat(error(gateway, run)).isEqualTo("WAREHOUSE_ON_STRIKE");
    }

    @Test
    void aStateOfANewerVersionHidesNoOtherRun() throws Exception {
        GatewayUnderTest gateway = newGateway(Map.of());
        String newer = start(gateway, "students");
        Task extract = services.next(Step.EXTRACT);
        awaitState(gateway, newer, "EXTRACTING");
        store(gateway, "run", "state", newer, "EXTRACTING", "PAUSED");
        String other = start(gateway, "pupils");
        succeed(other);

        JsonNode runs =
                Objects.requireNonNull(gateway.get("/api/v1/runs").body().get("runs"));
        assertThat(runs.size()).as("with the model after pupils").isEqualTo(3);
        assertThat(state(gateway, newer)).isEqualTo("UNKNOWN");
        assertThat(state(gateway, other)).isEqualTo("SUCCEEDED");
        GatewayUnderTest.Answer one = gateway.get("/api/v1/runs/" + newer);
        assertThat(one.status()).isEqualTo(200);
        assertThat(gateway.get("/api/v1/runs?state=UNKNOWN").status()).isEqualTo(400);
        for (String action : List.of("retry", "cancel")) {
            GatewayUnderTest.Answer refused = gateway.post("/api/v1/runs/" + newer + "/" + action, "");
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.text("code")).isEqualTo("SPEC_UNREADABLE");
            assertThat(refused.text("detail")).contains(newer, "a state that this version doesn't know");
        }
        await().until(() -> archived(gateway, other));
        assertThat(gateway.metric("millrace_work_failures_total")).isZero();

        // and the version that knows it finds it as it was
        store(gateway, "run", "state", newer, "PAUSED", "EXTRACTING");
        services.finish(extract, 3, 0);
        assertThat(state(gateway, newer)).isEqualTo("TRANSFORMING");
    }

    @Test
    void aRunThatEndedInAStateOfANewerVersionKeepsNoOtherFromBeingArchived() throws Exception {
        GatewayUnderTest gateway = newGateway(Map.of());
        String newer = start(gateway, "students");
        services.answerTasksWith(202);
        succeed(newer);
        await().until(() -> archived(gateway, newer));
        store(gateway, "run", "state", newer, "SUCCEEDED", "SUPERB");
        try (Connection connection = gateway.database();
                PreparedStatement update =
                        connection.prepareStatement("UPDATE run SET archived = FALSE WHERE id = ?")) {
            update.setString(1, newer);
            assertThat(update.executeUpdate()).isEqualTo(1);
        }
        String other = start(gateway, "pupils");
        succeed(other);

        await().until(() -> archived(gateway, other));
        assertThat(archived(gateway, newer)).isFalse();
        assertThat(gateway.get("/api/v1/runs/" + newer + "/log").status()).isEqualTo(200);
        assertThat(gateway.get("/api/v1/runs/" + newer + "/rejects").status()).isEqualTo(200);
        assertThat(gateway.metric("millrace_work_failures_total")).isZero();
    }

    @Test
    void stepsAndTheirStatesOfANewerVersionHideNoOtherRun() throws Exception {
        GatewayUnderTest gateway = newGateway(Map.of());
        String state = start(gateway, "students");
        services.next(Step.EXTRACT);
        String step = start(gateway, "pupils");
        services.next(Step.EXTRACT);
        store(gateway, "task", "state", state, "DISPATCHED", "PONDERING");
        store(gateway, "task", "step", step, "EXTRACT", "PREPARE");

        GatewayUnderTest.Answer listed = gateway.get("/api/v1/runs");
        assertThat(listed.status()).isEqualTo(200);
        assertThat(Objects.requireNonNull(listed.body().get("runs")).size())
                .as("with the model after pupils")
                .isEqualTo(3);
        JsonNode steps = Objects.requireNonNull(
                gateway.get("/api/v1/runs/" + state).body().get("steps"));
        assertThat(Objects.requireNonNull(Objects.requireNonNull(steps.get(0)).get("state"))
                        .coerceStringValue())
                .isEqualTo("UNKNOWN");
        assertThat(Objects.requireNonNull(
                                gateway.get("/api/v1/runs/" + step).body().get("steps"))
                        .size())
                .isZero();
        assertThat(gateway.get("/health/readiness").status()).isEqualTo(200);
        assertThat(gateway.metric("millrace_work_failures_total")).isZero();
    }
}
