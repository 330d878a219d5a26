package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.json.tree.JsonNode;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** How runs are ended and taken up again, whatever the run database. */
abstract class CancelAndRetryContract extends SchoolTests {
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
}
