package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Drift;
import dev.millrace.task.Abort;
import dev.millrace.task.Claim;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Outcome;
import dev.millrace.task.Slice;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.json.tree.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How a run that is cut into slices goes on, whatever the run database. */
abstract class SlicesContract extends GatewayTests {
    private static final String RUNS = "/api/v1/pipelines/shop/endpoints/orders/runs";

    SlicesContract() {
        super("shop", """
                version: 1
                name: shop
                source: {type: files, folder: /data}
                endpoints:
                  orders:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: shop.orders, write: replace}
                    scale: {slices: 8, pods: 3}
                    rejects: {maxShare: 0.1}
                    schema: [{name: id, type: INTEGER}, {name: state, type: STRING}]
                """);
    }

    private static String start(GatewayUnderTest gateway) {
        GatewayUnderTest.Answer answer = gateway.post(RUNS, "{}");
        assertThat(answer.status()).isEqualTo(202);
        return answer.runId();
    }

    private static Outcome.Planned plan(Task task, int slices) {
        return new Outcome.Planned(task.folder() + "/plan.json", slices, slices * 10L, slices * 1000L);
    }

    private Task planned(int slices) {
        Task task = services.next(Step.EXTRACT);
        assertThat(((Work.PlanSlices) task.work()).slices()).isEqualTo(8);
        services.staging().createIfAbsent(task.folder() + "/plan.json", new byte[0]);
        assertThat(services.report(task, plan(task, slices))).isEqualTo(200);
        return task;
    }

    /** Tasks of so many slices, in their order. */
    private List<Task> next(Step step, int slices) {
        List<Task> tasks = new ArrayList<>();
        IntStream.range(0, slices).forEach(_ -> tasks.add(services.next(step)));
        tasks.sort(Comparator.comparingInt(task -> slice(task).number()));
        return tasks;
    }

    private static Slice slice(Task task) {
        return Objects.requireNonNull(task.work().slice());
    }

    private Task untilLoading(int slices) {
        planned(slices);
        next(Step.EXTRACT, slices).forEach(task -> services.finish(task, 100, 0));
        next(Step.TRANSFORM, slices).forEach(task -> services.finish(task, 100, 0));
        return services.next(Step.LOAD);
    }

    private static JsonNode step(GatewayUnderTest gateway, String run, int number) {
        return Objects.requireNonNull(gateway.get("/api/v1/runs/" + run).body().get("steps"))
                .get(number);
    }

    private static long number(JsonNode node, String key) {
        return Objects.requireNonNull(node.get(key)).getLongValue();
    }

    @Test
    void aRunIsCutIntoSlicesAndLoadedAsOne() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        planned(3);
        List<Task> extracts = next(Step.EXTRACT, 3);
        assertThat(extracts)
                .extracting(Task::folder)
                .containsExactly(
                        "runs/" + run + "/orders/extract/1/slices/1/1",
                        "runs/" + run + "/orders/extract/1/slices/2/1",
                        "runs/" + run + "/orders/extract/1/slices/3/1");
        assertThat(extracts)
                .extracting(task -> ((Work.ExtractSlice) task.work()).plan())
                .containsOnly("runs/" + run + "/orders/extract/1/plan.json");
        services.finish(extracts.get(2), 30, 0);
        services.finish(extracts.get(0), 10, 1);
        assertThat(services.beat(extracts.get(1), 7)).isEqualTo(200);

        JsonNode step = step(gateway, run, 0);
        assertThat(number(step, "records")).isEqualTo(47);
        JsonNode slices = Objects.requireNonNull(step.get("slices"));
        assertThat(List.of(
                        number(slices, "count"),
                        number(slices, "done"),
                        number(slices, "running"),
                        number(slices, "slowest")))
                .containsExactly(3L, 2L, 1L, 2L);
        assertThat(state(gateway, run)).isEqualTo("EXTRACTING");
        assertThat(services.hasTask(Step.TRANSFORM)).isFalse();

        services.finish(extracts.get(1), 20, 0);
        assertThat(state(gateway, run)).isEqualTo("TRANSFORMING");
        List<Task> transforms = next(Step.TRANSFORM, 3);
        assertThat(transforms)
                .extracting(
                        task -> ((Work.TransformSlice) task.work()).transform().manifest())
                .containsExactlyElementsOf(extracts.stream()
                        .map(task -> task.folder() + "/manifest.json")
                        .toList());
        assertThat(transforms)
                .extracting(
                        task -> ((Work.TransformSlice) task.work()).transform().extracted())
                .as("one moment for all rows")
                .containsOnly(((Work.TransformSlice) transforms.getFirst().work())
                        .transform()
                        .extracted());
        services.finish(transforms.get(0), 9, 0);
        services.finish(transforms.get(1), 20, 2);
        assertThat(services.hasTask(Step.LOAD)).isFalse();
        services.finish(transforms.get(2), 30, 0);

        Work.LoadSlices load = (Work.LoadSlices) services.next(Step.LOAD).work();
        assertThat(load.planned()).isEqualTo(1);
        assertThat(load.attempts()).containsExactly(1, 1, 1);
        assertThat(load.counts()).isEqualTo(new Counts(59, 57, 2, 0));
        GatewayUnderTest.Answer answer = gateway.get("/api/v1/runs/" + run);
        assertThat(answer.text("rowsExtracted")).isEqualTo("60");
        assertThat(answer.text("rowsRejected")).isEqualTo("3");
        assertThat(logOf(gateway, run))
                .contains(
                        "cut into 3 slices: 30 files or parts of files, 3,000 bytes",
                        "extracted 60 records",
                        "transformed 59 records, rejected 2");
        assertThat(Objects.requireNonNull(gateway.get("/api/v1/runs/" + run + "/rejects")
                                .body()
                                .get("rejects"))
                        .size())
                .isEqualTo(3);
    }

    @Test
    void rejectsOfAllSlicesTogetherAreHeldAgainstTheShare() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        planned(2);
        List<Task> extracts = next(Step.EXTRACT, 2);
        services.finish(extracts.get(0), 50, 0);
        services.finish(extracts.get(1), 50, 0);
        List<Task> transforms = next(Step.TRANSFORM, 2);
        services.finish(transforms.get(0), 50, 10);
        services.finish(transforms.get(1), 50, 1);
        awaitState(gateway, run, "FAILED");
        assertThat(logOf(gateway, run)).contains("11 of 100 records were rejected (allowed: a share of 0.1)");
        await().untilAsserted(() -> assertThat(archived(gateway, run)).isTrue());
        assertThat(Objects.requireNonNull(gateway.get("/api/v1/runs/" + run + "/rejects")
                                .body()
                                .get("rejects"))
                        .size())
                .isEqualTo(11);
    }

    @Test
    void whatNoSliceHasIsMissingAndWhatSomeHaveIsNot() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        planned(2);
        next(Step.EXTRACT, 2).forEach(task -> services.finish(task, 50, 0));
        List<Task> transforms = next(Step.TRANSFORM, 2);
        for (Task task : transforms) {
            Outcome.Staged staged = services.stage(task, 50, 0);
            List<String> missing = slice(task).number() == 1 ? List.of("id", "state") : List.of("state");
            Drift drift = new Drift(50, missing, List.of(), List.of(), 0);
            assertThat(services.report(task, new Outcome.Staged(staged.manifest(), staged.counts(), drift)))
                    .isEqualTo(200);
        }
        JsonNode drift =
                Objects.requireNonNull(gateway.get("/api/v1/runs/" + run).body().get("drift"));
        assertThat(number(drift, "records")).isEqualTo(100);
        assertThat(Objects.requireNonNull(drift.get("missing")).values())
                .extracting(JsonNode::getStringValue)
                .containsExactly("state");
    }

    @Test
    void aDoubledPlanAndADoubledSliceChangeNothing() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        Task plan = planned(2);
        assertThat(services.report(plan, plan(plan, 5))).isEqualTo(200);
        List<Task> extracts = next(Step.EXTRACT, 2);
        finishTwice(extracts.get(0));
        assertThat(state(gateway, run)).isEqualTo("EXTRACTING");
        finishTwice(extracts.get(1));
        assertThat(gateway.get("/api/v1/runs/" + run).text("rowsExtracted")).isEqualTo("20");
        assertThat(next(Step.TRANSFORM, 2)).hasSize(2);
        assertThat(services.hasTask(Step.TRANSFORM)).isFalse();
        assertThat(services.hasTask(Step.EXTRACT)).isFalse();
    }

    private void finishTwice(Task task) {
        Outcome.Staged staged = services.stage(task, 10, 0);
        assertThat(services.report(task, staged)).isEqualTo(200);
        assertThat(services.report(task, staged)).isEqualTo(200);
    }

    @Test
    void aSliceThatFailsEndsTheRunAndStopsTheOthers() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        planned(3);
        List<Task> extracts = next(Step.EXTRACT, 3);
        services.finish(extracts.get(0), 10, 0);
        services.fail(extracts.get(1), ErrorCode.SOURCE_MALFORMED, "b.csv: no header");
        assertThat(state(gateway, run)).isEqualTo("FAILED");
        assertThat(logOf(gateway, run)).contains("SOURCE_MALFORMED: slice 2 of 3: b.csv: no header");
        assertThat(services.beat(extracts.get(2), 1)).as("stop").isEqualTo(0);
        assertThat(services.report(extracts.get(2), services.stage(extracts.get(2), 10, 0)))
                .isEqualTo(409);
        assertThat(Objects.requireNonNull(step(gateway, run, 0).get("state")).getStringValue())
                .isEqualTo("FAILED");
        assertThat(gateway.post(RUNS, "{}").status()).isEqualTo(202);
    }

    @Test
    void aRetryGoesOnWithTheSlicesThatAreMissing() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        planned(3);
        List<Task> extracts = next(Step.EXTRACT, 3);
        services.finish(extracts.get(0), 10, 0);
        services.fail(extracts.get(1), ErrorCode.SOURCE_UNAVAILABLE, "the share is away");
        assertThat(gateway.post("/api/v1/runs/" + run + "/retry", "").status()).isEqualTo(200);
        List<Task> again = next(Step.EXTRACT, 2);
        assertThat(again).extracting(task -> slice(task).number()).containsExactly(2, 3);
        assertThat(again).extracting(Task::attempt).containsOnly(2);
        again.forEach(task -> services.finish(task, 10, 0));

        List<Task> transforms = next(Step.TRANSFORM, 3);
        services.finish(transforms.get(2), 10, 0);
        gateway.post("/api/v1/runs/" + run + "/cancel", "");
        assertThat(state(gateway, run)).isEqualTo("CANCELLED");
        assertThat(services.beat(transforms.get(0), 1)).as("stop").isEqualTo(0);
        gateway.post("/api/v1/runs/" + run + "/retry", "");
        assertThat(state(gateway, run)).isEqualTo("TRANSFORMING");
        List<Task> rest = next(Step.TRANSFORM, 2);
        rest.forEach(task -> services.finish(task, 10, 0));
        Task load = services.next(Step.LOAD);
        assertThat(((Work.LoadSlices) load.work()).attempts()).containsExactly(2, 2, 1);
        assertThat(((Work.LoadSlices) load.work()).counts()).isEqualTo(new Counts(30, 30, 0, 0));
        services.commit(load, 30);
        assertThat(state(gateway, run)).isEqualTo("SUCCEEDED");
        await().untilAsserted(() ->
                assertThat(services.staging().list("runs/" + run + "/")).isEmpty());
    }

    @Test
    void aRetryAfterAFileHasChangedPlansAnew() {
        GatewayUnderTest gateway = gateway();
        String run = start(gateway);
        planned(3);
        List<Task> extracts = next(Step.EXTRACT, 3);
        services.finish(extracts.get(0), 10, 0);
        services.fail(extracts.get(1), ErrorCode.SOURCE_INCONSISTENT, "b.csv was changed");
        gateway.post("/api/v1/runs/" + run + "/retry", "");
        Task plan = planned(2);
        assertThat(plan.attempt()).isEqualTo(2);
        List<Task> again = next(Step.EXTRACT, 2);
        assertThat(again).extracting(task -> slice(task).planned()).containsOnly(2);
        assertThat(again).extracting(Task::attempt).containsOnly(1);
        again.forEach(task -> services.finish(task, 10, 0));
        next(Step.TRANSFORM, 2).forEach(task -> services.finish(task, 10, 0));
        assertThat(((Work.LoadSlices) services.next(Step.LOAD).work()).planned())
                .isEqualTo(2);
        assertThat(gateway.get("/api/v1/runs/" + run).text("rowsExtracted")).isEqualTo("20");
        assertThat(services.beat(extracts.get(2), 1))
                .as("of a plan that is none any more")
                .isEqualTo(404);
    }

    @Test
    void aRetryOfALoadHasTheSameSlices() {
        GatewayUnderTest gateway = gateway();
        services.answerAbortsWith(new Abort.Closed());
        String run = start(gateway);
        Task load = untilLoading(2);
        services.fail(load, ErrorCode.WAREHOUSE_FAILED, "no space left");
        awaitState(gateway, run, "FAILED");
        gateway.post("/api/v1/runs/" + run + "/retry", "");
        Work.LoadSlices again = (Work.LoadSlices) services.next(Step.LOAD).work();
        assertThat(again.load().generation()).isEqualTo(2);
        assertThat(again.attempts()).containsExactly(1, 1);
        assertThat(again.counts()).isEqualTo(new Counts(200, 200, 0, 0));
    }

    @Test
    void aLostSliceIsRepeatedAloneAndALostPlanTakenOver() {
        GatewayUnderTest gateway = gateway(Map.of("millrace.gateway.lease", "3s"));
        String run = start(gateway);
        Task lost = services.next(Step.EXTRACT);
        assertThat(lost.work()).isInstanceOf(Work.PlanSlices.class);
        Task plan = services.next(Step.EXTRACT); // of the attempt after it
        assertThat(plan.attempt()).isEqualTo(2);
        assertThat(services.report(plan, plan(plan, 2))).isEqualTo(200);

        List<Task> extracts = next(Step.EXTRACT, 2);
        services.finish(extracts.get(0), 10, 0);
        Task again = services.next(Step.EXTRACT);
        assertThat(slice(again)).isEqualTo(new Slice(2, 2, 2));
        assertThat(again.attempt()).isEqualTo(2);
        assertThat(services.report(extracts.get(1), services.stage(extracts.get(1), 10, 0)))
                .isEqualTo(409);
        services.stage(again, 10, 0); // and dies before it tells
        List<Task> transforms = next(Step.TRANSFORM, 2);
        assertThat(((Work.TransformSlice) transforms.get(1).work()).transform().manifest())
                .isEqualTo(again.folder() + "/manifest.json");
        assertThat(logOf(gateway, run))
                .contains(
                        "stopped answering slice 2 of 2; attempt 2 follows",
                        "stopped answering after it had finished slice 2 of 2; its manifest is taken");
    }

    @Test
    void aDryRunOfSlicesLoadsNothing() {
        GatewayUnderTest gateway = gateway();
        String run = gateway.post(RUNS, "{\"dryRun\": true}").runId();
        Task load = untilLoading(2);
        assertThat(((Work.DryRun) load.work()).load()).isInstanceOf(Work.LoadSlices.class);
        assertThat(services.report(load, new Outcome.Committed(new LoadResult(1, 0, 1))))
                .isEqualTo(400);
        assertThat(state(gateway, run)).isEqualTo("LOADING");
    }

    private static final Map<String, Object> PODS_ELSEWHERE =
            Map.of("millrace.gateway.pods.type", "external", "millrace.gateway.lease", "3s");

    private Task claimed(Task plan, Step step) {
        return ((Claim.Taken) services.claim(plan, step)).task();
    }

    @Test
    void slicesForPodsArePostedToNobodyAndClaimedOneAfterTheOther() {
        GatewayUnderTest gateway = gateway(PODS_ELSEWHERE);
        String run = start(gateway);
        Task plan = planned(2);
        Task first = claimed(plan, Step.EXTRACT);
        assertThat(first.folder()).isEqualTo("runs/" + run + "/orders/extract/1/slices/1/1");
        assertThat(first.work()).isInstanceOf(Work.ExtractSlice.class);
        services.finish(first, 10, 0);
        Task second = claimed(plan, Step.EXTRACT);
        assertThat(slice(second).number()).isEqualTo(2);
        assertThat(services.claim(plan, Step.EXTRACT)).as("one may be lost").isEqualTo(new Claim.Later());
        assertThat(services.beat(second, 7)).isEqualTo(200);
        services.finish(second, 20, 0);

        assertThat(services.claim(plan, Step.EXTRACT)).isEqualTo(new Claim.Done());
        Task transform = claimed(plan, Step.TRANSFORM);
        assertThat(((Work.TransformSlice) transform.work()).transform().capabilities())
                .as("what the loader's warehouse can hold")
                .isNotNull();
        services.finish(transform, 10, 0);
        services.finish(claimed(plan, Step.TRANSFORM), 20, 0);
        assertThat(services.claim(plan, Step.TRANSFORM)).isEqualTo(new Claim.Done());
        assertThat(services.hasTask(Step.EXTRACT) || services.hasTask(Step.TRANSFORM))
                .as("posted")
                .isFalse();
        Task load = services.next(Step.LOAD);
        assertThat(((Work.LoadSlices) load.work()).counts()).isEqualTo(new Counts(30, 30, 0, 0));
        services.commit(load, 30);
        assertThat(state(gateway, run)).isEqualTo("SUCCEEDED");
    }

    @Test
    void aSliceOfAPodThatIsLostIsClaimedByAnotherOne() {
        GatewayUnderTest gateway = gateway(PODS_ELSEWHERE);
        String run = start(gateway);
        Task plan = planned(1);
        Task lost = claimed(plan, Step.EXTRACT);
        Task again = await().until(() -> services.claim(plan, Step.EXTRACT), claim -> claim instanceof Claim.Taken)
                        instanceof Claim.Taken(Task task)
                ? task
                : lost;
        assertThat(again.attempt()).isEqualTo(2);
        assertThat(services.report(lost, services.stage(lost, 10, 0)))
                .as("the fence")
                .isEqualTo(409);
        services.finish(again, 10, 0);
        assertThat(services.claim(plan, Step.EXTRACT)).isEqualTo(new Claim.Done());
        assertThat(logOf(gateway, run)).contains("stopped answering slice 1 of 1; attempt 2 follows");
    }

    @Test
    void podsOfARunThatHasFailedOrThatIsUnknownEnd() {
        GatewayUnderTest gateway = gateway(PODS_ELSEWHERE);
        String run = start(gateway);
        Task plan = planned(2);
        assertThat(services.claim(plan, Step.TRANSFORM)).as("not begun").isEqualTo(new Claim.Later());
        services.fail(claimed(plan, Step.EXTRACT), ErrorCode.SOURCE_MALFORMED, "b.csv: no header");
        assertThat(services.claim(plan, Step.EXTRACT)).isEqualTo(new Claim.Ended("run " + run + " is FAILED"));
        assertThat(services.askForSlice(plan, Step.EXTRACT, plan.subject()).statusCode())
                .as("with the token of a task")
                .isEqualTo(403);
        gateway.post("/api/v1/runs/" + run + "/retry", "");
        assertThat(services.next(Step.EXTRACT).work()).isInstanceOf(Work.PlanSlices.class);
        assertThat(services.claim(plan, Step.EXTRACT)).as("planned anew").isEqualTo(new Claim.Later());
    }

    @Test
    void whatWasLeftForPodsIsPostedWhenNobodyStartsAnyMore() {
        String run = start(gateway(PODS_ELSEWHERE));
        planned(2);
        GatewayUnderTest without = newGateway(Map.of());
        next(Step.EXTRACT, 2).forEach(task -> services.finish(task, 10, 0));
        assertThat(state(without, run)).isEqualTo("TRANSFORMING");
    }
}
