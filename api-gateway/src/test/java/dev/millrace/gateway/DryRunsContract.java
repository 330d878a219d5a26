package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.gateway.history.History;
import dev.millrace.gateway.telemetry.RunMeters;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.json.tree.JsonNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** R5.11: a dry run goes through everything but the load, whatever the run database. */
abstract class DryRunsContract extends GatewayTests {
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
                destination: {table: school.pupils, write: append}
                schema: [{name: id, type: INTEGER}]
              lake:
                request: {path: /students}
                destination: {type: bucket, bucket: lake, key: students}
            models:
              totals:
                after: [pupils]
                destination: {table: school.totals, write: replace}
                sql: SELECT count(*) AS n FROM school.pupils
            """;
    private static final String RUNS = "/api/v1/pipelines/school/runs";
    private static final String DRY = "{\"endpoints\": [\"students\"], \"dryRun\": true}";
    private static final String REAL = "{\"endpoints\": [\"students\"]}";
    private static final LoadPlan PLAN = new LoadPlan(95, List.of("would create it", "would append 95 rows"));

    DryRunsContract() {
        super("school", PIPELINE);
    }

    private static String run(GatewayUnderTest.Answer batch, String endpoint) {
        assertThat(batch.status()).as(batch.body().toString()).isEqualTo(202);
        for (JsonNode run : Objects.requireNonNull(batch.body().get("runs")).values()) {
            if (text(run, "endpoint").equals(endpoint)) {
                return text(run, "id");
            }
        }
        throw new AssertionError("no run of " + endpoint);
    }

    private static String text(JsonNode node, String field) {
        return Objects.requireNonNull(node.get(field), field).coerceStringValue();
    }

    /** Until the task of the load, of the only run that is going on. */
    private Task untilLoading() {
        services.finish(services.next(Step.EXTRACT), 100, 0);
        services.finish(services.next(Step.TRANSFORM), 100, 5);
        return services.next(Step.LOAD);
    }

    private void check(Task task) {
        assertThat(services.report(task, new Outcome.Checked(PLAN))).isEqualTo(200);
    }

    @Test
    void aDryRunIsCheckedInPlaceOfBeingLoadedAndSaysWhatTheLoadWouldDo() {
        GatewayUnderTest gateway = gateway();
        String run = run(gateway.post(RUNS, "{\"endpoints\": [\"students\"], \"dryRun\": true}"), "students");
        Task check = untilLoading();
        assertThat(((Work.DryRun) check.work()).load()).isInstanceOf(Work.Load.class);
        check(check);

        GatewayUnderTest.Answer answer = gateway.get("/api/v1/runs/" + run);
        assertThat(answer.text("state")).isEqualTo("SUCCEEDED");
        assertThat(answer.text("dryRun")).isEqualTo("true");
        assertThat(answer.text("rowsExtracted")).isEqualTo("100");
        assertThat(answer.text("rowsRejected")).isEqualTo("5");
        assertThat(Objects.requireNonNull(answer.body().get("rowsLoaded")).isNull())
                .isTrue();
        assertThat(Objects.requireNonNull(answer.body().get("plan")).values())
                .extracting(JsonNode::getStringValue)
                .containsExactlyElementsOf(PLAN.steps());
        assertThat(logOf(gateway, run))
                .startsWith("START school/students, dry run\n")
                .contains("would append 95 rows\n")
                .endsWith("dry run: nothing was loaded\nEND SUCCEEDED\n");
        await().untilAsserted(() ->
                assertThat(services.staging().list("runs/" + run + "/")).isEmpty());
        assertThat(services.staging().list("archive/" + run + "/"))
                .anyMatch(name -> name.endsWith("/log.ndjson"))
                .anyMatch(name -> name.endsWith("/rejects-00000.ndjson.gz"));
    }

    @Test
    void aRunSaysWhetherItIsDryAndOnlyADryOneCanBeCheckedOnly() {
        GatewayUnderTest gateway = gateway();
        String run = run(gateway.post(RUNS, "{\"endpoints\": [\"students\"], \"dryRun\": false}"), "students");
        Task load = untilLoading();
        assertThat(load.work()).isInstanceOf(Work.Load.class);
        assertThat(services.report(load, new Outcome.Checked(PLAN))).isEqualTo(400);
        services.commit(load, 95);

        GatewayUnderTest.Answer answer = gateway.get("/api/v1/runs/" + run);
        assertThat(answer.text("dryRun")).isEqualTo("false");
        assertThat(answer.text("rowsLoaded")).isEqualTo("95");
        assertThat(Objects.requireNonNull(answer.body().get("plan")).size()).isZero();
    }

    @Test
    void whatIsNeitherTrueNorFalseStartsNothing() {
        GatewayUnderTest gateway = gateway();
        for (String unclear : List.of("\"perhaps\"", "\"true\"", "1", "[true]", "{}")) {
            GatewayUnderTest.Answer answer = gateway.post(RUNS, "{\"dryRun\": " + unclear + "}");
            assertThat(answer.status()).as(unclear).isEqualTo(400);
            assertThat(answer.text("detail")).contains("dryRun", "true or false");
        }
        assertThat(gateway.post(RUNS, "{\"endpoints\": [\"students\"], \"dryRun\": null}")
                        .onlyRun()
                        .get("dryRun"))
                .isEqualTo(JsonNode.createBooleanNode(false));
    }

    @Test
    void anEndpointHasADryRunAndARealOneAtOnceAndADryOneLeavesTheTableToTheOthers() {
        GatewayUnderTest gateway = gateway();
        String dry = run(gateway.post(RUNS, DRY), "students");
        Task check = untilLoading();
        GatewayUnderTest.Answer second = gateway.post(RUNS, DRY);
        assertThat(second.status()).isEqualTo(409);
        assertThat(second.text("code")).isEqualTo("RUN_ACTIVE");
        assertThat(second.text("run")).isEqualTo(dry);

        String real = run(gateway.post(RUNS, REAL), "students");
        services.commit(untilLoading(), 95);
        awaitState(gateway, real, "SUCCEEDED");
        check(check);
        awaitState(gateway, dry, "SUCCEEDED");
        assertThat(gateway.post(RUNS, DRY).status()).isEqualTo(202);
    }

    @Test
    void anIdempotencyKeyBelongsToADryRunOrToARealOne() {
        GatewayUnderTest gateway = gateway();
        String dry = gateway.post(RUNS, DRY, "Idempotency-Key", "k").runId();
        GatewayUnderTest.Answer repeated = gateway.post(RUNS, DRY, "Idempotency-Key", "k");
        assertThat(repeated.status()).isEqualTo(200);
        assertThat(repeated.runId()).isEqualTo(dry);
        assertThat(gateway.post(RUNS, REAL, "Idempotency-Key", "k").text("code"))
                .isEqualTo("IDEMPOTENCY_KEY_REUSED");
    }

    @Test
    void aDryRunThatFailsEndsAtOnceAndStaysDryWhenItIsTriedAgain() {
        GatewayUnderTest gateway = gateway();
        String run = run(gateway.post(RUNS, DRY), "students");
        services.fail(untilLoading(), ErrorCode.TABLE_MISMATCH, "name is missing in the table");
        assertThat(gateway.get("/api/v1/runs/" + run).text("state")).isEqualTo("FAILED");

        GatewayUnderTest.Answer retried = gateway.post("/api/v1/runs/" + run + "/retry", "");
        assertThat(retried.text("dryRun")).isEqualTo("true");
        Task again = services.next(Step.LOAD);
        assertThat(again.work()).isInstanceOf(Work.DryRun.class);
        check(again);
        awaitState(gateway, run, "SUCCEEDED");
        assertThat(services.refusedAborts()).as("nothing was to be closed").isZero();
    }

    @Test
    void aDryRunWithTooManyRejectsFailsAsARealOneWould() {
        GatewayUnderTest gateway = gateway();
        String run = run(gateway.post(RUNS, DRY), "students");
        services.finish(services.next(Step.EXTRACT), 100, 0);
        services.finish(services.next(Step.TRANSFORM), 100, 11);
        awaitState(gateway, run, "FAILED");
        assertThat(text(
                        Objects.requireNonNull(
                                gateway.get("/api/v1/runs/" + run).body().get("error")),
                        "code"))
                .isEqualTo("REJECTS_ABOVE_LIMIT");
    }

    @Test
    void aDryRunIsCancelledAtOnceWhereARealOneWouldHaveToBeClosed() {
        GatewayUnderTest gateway = gateway();
        String run = run(gateway.post(RUNS, DRY), "students");
        Task check = untilLoading();
        assertThat(gateway.post("/api/v1/runs/" + run + "/cancel", "").text("state"))
                .isEqualTo("CANCELLED");
        assertThat(services.beat(check, 1)).as("to stop").isZero();
        assertThat(services.report(check, new Outcome.Checked(PLAN))).isEqualTo(409);
        assertThat(gateway.get("/api/v1/runs/" + run).text("state")).isEqualTo("CANCELLED");
        assertThat(services.refusedAborts()).isZero();
    }

    @Test
    void aLoaderThatDiesIsFollowedByAnotherAttemptThatIsDry() {
        GatewayUnderTest gateway = newGateway(Map.of("millrace.gateway.lease", "PT2S"));
        String run = run(gateway.post(RUNS, DRY), "students");
        Task first = untilLoading();
        Task second = services.next(Step.LOAD);
        assertThat(second.attempt()).isGreaterThan(first.attempt());
        assertThat(second.work()).isEqualTo(first.work()).isInstanceOf(Work.DryRun.class);
        check(second);
        awaitState(gateway, run, "SUCCEEDED");
    }

    @Test
    void aModelAfterADryRunIsDryAndCheckedAgainstTheTablesAsTheyAre() {
        GatewayUnderTest gateway = gateway();
        String model = run(gateway.post(RUNS, "{\"endpoints\": [\"pupils\"], \"dryRun\": true}"), "totals");
        services.finish(services.next(Step.EXTRACT), 100, 0);
        services.finish(services.next(Step.TRANSFORM), 100, 0);
        check(services.next(Step.LOAD));
        Task check = services.next(Step.LOAD);
        assertThat(((Work.DryRun) check.work()).load()).isInstanceOf(Work.Model.class);
        assertThat(((Work.DryRun) check.work()).made()).containsExactly("school.pupils");
        check(check);
        awaitState(gateway, model, "SUCCEEDED");
        assertThat(logOf(gateway, model)).contains("totals is checked against the tables as they are now");
    }

    @Test
    void aDryRunOfABucketPutsNoLogThere() throws Exception {
        GatewayUnderTest gateway = gateway();
        String run = run(gateway.post(RUNS, "{\"endpoints\": [\"lake\"], \"dryRun\": true}"), "lake");
        services.finish(services.next(Step.EXTRACT), 3, 0);
        Task check = services.next(Step.LOAD);
        assertThat(((Work.DryRun) check.work()).load()).isInstanceOf(Work.Publish.class);
        check(check);
        await().untilAsserted(() ->
                assertThat(services.staging().list("runs/" + run + "/")).isEmpty());

        try (Connection connection = gateway.database();
                Statement statement = connection.createStatement();
                ResultSet due = statement.executeQuery("SELECT count(*) FROM run WHERE log_due IS NOT NULL")) {
            due.next();
            assertThat(due.getLong(1)).isZero();
        }
    }

    @Test
    void aDryRunIsNoSignOfLifeOfItsTableAndTellsNobody() throws Exception {
        WebhookDouble webhook = new WebhookDouble();
        opened.add(webhook);
        GatewayUnderTest gateway = newGateway(Map.of("millrace.notifications.webhooks.team.url", webhook.url("/team")));
        run(gateway.post(RUNS, REAL), "students");
        services.fail(services.next(Step.EXTRACT), ErrorCode.SOURCE_UNAVAILABLE, "down");
        assertThat(webhook.next().type()).isEqualTo("run.failed");
        String metered = meters(gateway);

        String dry = run(gateway.post(RUNS, DRY), "students");
        check(untilLoading());
        awaitState(gateway, dry, "SUCCEEDED");
        String failing = run(gateway.post(RUNS, DRY), "students");
        services.fail(services.next(Step.EXTRACT), ErrorCode.SOURCE_UNAVAILABLE, "down");
        awaitState(gateway, failing, "FAILED");
        assertThat(meters(gateway)).as("metrics of runs").isEqualTo(metered);

        // the next that is told is the recovery, which a dry run was not
        String real = run(gateway.post(RUNS, REAL), "students");
        Task load = untilLoading();
        assertThat(services.report(load, new Outcome.Committed(new LoadResult(95, 0, 95))))
                .isEqualTo(200);
        WebhookDouble.Request told = webhook.next();
        assertThat(told.type()).isEqualTo("run.recovered");
        assertThat(told.body()).contains(real);
    }

    /** All that {@link RunMeters} counts. */
    private static String meters(GatewayUnderTest gateway) {
        List<String> counts = new ArrayList<>();
        for (Meter meter : gateway.context().getBean(MeterRegistry.class).getMeters()) {
            String name = meter.getId().getName();
            if (name.equals("millrace.runs")
                    || name.startsWith("millrace.rows")
                    || name.equals("millrace.attempts")
                    || name.equals("millrace.retries")
                    || name.equals("millrace.step.duration")) {
                meter.measure().forEach(measurement -> {
                    if (measurement.getValue() > 0
                            && !measurement
                                    .getStatistic()
                                    .getTagValueRepresentation()
                                    .equals("max")) {
                        counts.add(meter.getId() + " " + measurement);
                    }
                });
            }
        }
        assertThat(counts).isNotEmpty();
        return String.join("\n", counts.stream().sorted().toList());
    }

    @Test
    void theLastRunOfAnEndpointIsNoDryOne() {
        GatewayUnderTest gateway = gateway();
        run(gateway.post(RUNS, DRY), "students");
        assertThat(gateway.context().getBean(History.class).last("school", "students"))
                .isEmpty();
    }
}
