package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Abort;
import dev.millrace.task.CommittedCursor;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.json.tree.JsonNode;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Where runs begin that read only what is new. */
class CursorsTest extends GatewayTests {
    private static final String PIPELINE = """
            version: 1
            name: school
            source: {type: database, product: postgresql, host: db, database: shop, user: reader}
            endpoints:
              orders:
                table: orders
                cursor: {column: updated_at, settle: 5m}
                destination: {table: shop.orders, write: merge, keys: [id]}
                schema: [{name: id, type: INTEGER, mode: REQUIRED}]
              events:
                table: events
                cursor: {column: id, unique: true, settle: 5m}
                destination: {table: shop.events, write: append}
                schema: [{name: id, type: INTEGER}]
              rates:
                table: rates
                destination: {table: shop.rates, write: replace}
                schema: [{name: id, type: INTEGER}]
            """;
    private static final String RUNS = "/api/v1/pipelines/school/runs";
    private static final String ORDERS = "/api/v1/pipelines/school/endpoints/orders";

    CursorsTest() {
        super("school", PIPELINE);
    }

    private static String start(GatewayUnderTest gateway, String body) {
        GatewayUnderTest.Answer answer = gateway.post(ORDERS + "/runs", body);
        assertThat(answer.status()).isEqualTo(202);
        return answer.runId();
    }

    private static Work.ExtractIncrement increment(Task task) {
        return (Work.ExtractIncrement) task.work();
    }

    private static GatewayUnderTest.Answer set(GatewayUnderTest gateway, String endpoint, String body) {
        return gateway.put("/api/v1/pipelines/school/endpoints/" + endpoint + "/cursor", body);
    }

    @Test
    void anAttemptBeginsAtTheCursorOfTheLedgerAndThoseAfterItDoToo() {
        services.tellCursor("orders", "7");
        GatewayUnderTest gateway = gateway();
        start(gateway, "{}");

        Task first = services.next(Step.EXTRACT);
        assertThat(increment(first).committed()).isEqualTo(new CommittedCursor("7"));
        assertThat(increment(first).start()).isEqualTo("7");
        services.tellCursor("orders", "8");
        assertThat(services.report(first, new Outcome.Released())).isEqualTo(200);

        Task second = services.next(Step.EXTRACT);
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(increment(second).committed()).isEqualTo(new CommittedCursor("7"));
        services.finish(second, 100, 0);
        services.finish(services.next(Step.TRANSFORM), 100, 0);
        assertThat(services.next(Step.LOAD).work()).isInstanceOf(Work.LoadIncrement.class);
    }

    @Test
    void aRetryGoesOnWithWhatWasStagedUnlessTheCursorHasMoved() {
        services.tellCursor("orders", "7");
        services.answerAbortsWith(new Abort.Closed());
        GatewayUnderTest gateway = gateway();
        String run = start(gateway, "{}");
        services.finish(services.next(Step.EXTRACT), 100, 0);
        services.finish(services.next(Step.TRANSFORM), 100, 0);
        services.fail(services.next(Step.LOAD), ErrorCode.WAREHOUSE_FAILED, "the disk is full");
        awaitState(gateway, run, "FAILED");

        assertThat(gateway.post("/api/v1/runs/" + run + "/retry", "").status()).isEqualTo(200);
        Task load = services.next(Step.LOAD);
        services.tellCursor("orders", "9");
        services.fail(load, ErrorCode.CURSOR_MOVED, "another run was faster");
        awaitState(gateway, run, "FAILED");

        assertThat(gateway.post("/api/v1/runs/" + run + "/retry", "").status()).isEqualTo(200);
        assertThat(increment(services.next(Step.EXTRACT)).start()).isEqualTo("9");
    }

    @Test
    void aFullRunReadsEverythingAndStillMovesTheCursorThatThereIs() {
        services.tellCursor("orders", "7");
        GatewayUnderTest gateway = gateway();
        start(gateway, "{\"full\": true}");
        Work.ExtractIncrement full = increment(services.next(Step.EXTRACT));
        assertThat(full.start()).isNull();
        assertThat(full.committed()).isEqualTo(new CommittedCursor("7"));

        assertThat(gateway.post(RUNS, "{\"endpoints\": [\"events\"], \"full\": true}")
                        .text("detail"))
                .startsWith(
                        "full: endpoint events appends, so all rows that are in shop.events already would be there");
        assertThat(gateway.post(RUNS, "{\"endpoints\": [\"rates\"], \"full\": true}")
                        .text("detail"))
                .isEqualTo("full: none of the endpoints has a cursor, so each run of them reads everything");
        assertThat(gateway.post(RUNS, "{\"full\": \"yes\"}").text("detail"))
                .isEqualTo("full: 'yes' (expected: true or false)");
    }

    @Test
    void cursorsAreShownAndSetUnlessARunIsUnderWay() {
        services.tellCursor("orders", "7");
        GatewayUnderTest gateway = gateway();
        JsonNode cursors = Objects.requireNonNull(
                gateway.get("/api/v1/pipelines/school/cursors").body().get("cursors"));
        assertThat(cursors.values())
                .hasSize(2)
                .satisfiesExactly(
                        orders -> {
                            assertThat(orders.get("endpoint").getStringValue()).isEqualTo("orders");
                            assertThat(orders.get("value").getStringValue()).isEqualTo("7");
                        },
                        events -> assertThat(events.get("value").isNull()).isTrue());

        assertThat(set(gateway, "orders", "{\"value\": \"5\"}").text("value")).isEqualTo("5");
        assertThat(set(gateway, "rates", "{\"value\": \"5\"}").text("detail"))
                .isEqualTo("endpoint rates has no cursor (no key 'cursor' in the pipeline file)");
        assertThat(set(gateway, "terms", "{\"value\": \"5\"}").text("code")).isEqualTo("ENDPOINT_UNKNOWN");
        assertThat(set(gateway, "orders", "{\"value\": \"${secret:x}\"}").text("code"))
                .isEqualTo("REQUEST_INVALID");
        assertThat(set(gateway, "orders", "{}").text("code")).isEqualTo("REQUEST_INVALID");
        assertThat(gateway.delete(ORDERS + "/cursor").status()).isEqualTo(200);

        start(gateway, "{}");
        assertThat(increment(services.next(Step.EXTRACT)).start()).isNull();
        assertThat(set(gateway, "orders", "{\"value\": \"5\"}").text("code")).isEqualTo("RUN_ACTIVE");
    }
}
