package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Abort;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.json.tree.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** R5.13: records of one endpoint that are read once and loaded into several tables, whatever the run database. */
abstract class FurtherTablesContract extends GatewayTests {
    private static final String PIPELINE = """
            version: 1
            name: shop
            source: {type: files, folder: data}
            endpoints:
              orders:
                files: {pattern: "*.csv", format: {type: csv}}
                destination: {table: shop.orders, write: append}
                schema: [{name: id, type: INTEGER}]
                furtherTables:
                  lines:
                    destination: {table: shop.lines, write: append}
                    rejects: {maxShare: 0.5}
                    schema: [{name: id, type: INTEGER}, {name: sku, type: STRING}]
                  customers:
                    destination: {table: shop.customers, write: append}
                    rejects: {maxShare: 0.5}
                    schema: [{name: customer, type: STRING}]
              stock:
                files: {pattern: "*.txt", format: {type: csv}}
                destination: {table: shop.stock, write: append}
                schema: [{name: id, type: INTEGER}]
            models:
              totals: {after: [lines], destination: {table: shop.totals, write: replace}, sql: SELECT 1 AS n}
            """;

    FurtherTablesContract() {
        super("shop", PIPELINE);
    }

    private Map<String, String> start(GatewayUnderTest gateway, String... names) {
        GatewayUnderTest.Answer answer = gateway.post(
                "/api/v1/pipelines/shop/runs", "{\"endpoints\":[\"" + String.join("\",\"", names) + "\"]}");
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(202);
        Map<String, String> runs = new TreeMap<>();
        Objects.requireNonNull(answer.body().get("runs"))
                .values()
                .forEach(run -> runs.put(
                        Objects.requireNonNull(run.get("endpoint")).coerceStringValue(),
                        Objects.requireNonNull(run.get("id")).coerceStringValue()));
        return runs;
    }

    private static String id(Map<String, String> runs, String name) {
        return Objects.requireNonNull(runs.get(name));
    }

    private static String error(GatewayUnderTest gateway, String run) {
        JsonNode error =
                Objects.requireNonNull(gateway.get("/api/v1/runs/" + run).body().get("error"));
        return Objects.requireNonNull(error.get("code")).coerceStringValue() + ": "
                + Objects.requireNonNull(error.get("detail")).coerceStringValue();
    }

    private Task next(Step step, String endpoint) {
        Task task = services.next(step);
        assertThat(task.endpoint()).isEqualTo(endpoint);
        return task;
    }

    private Map<String, Task> both(Step step) {
        Map<String, Task> tasks = new TreeMap<>();
        for (int i = 0; i < 2; i++) {
            Task task = services.next(step);
            tasks.put(task.endpoint(), task);
        }
        assertThat(tasks).containsOnlyKeys("lines", "customers");
        return tasks;
    }

    private void loadOrders() {
        services.finish(next(Step.EXTRACT, "orders"), 10, 0);
        services.finish(next(Step.TRANSFORM, "orders"), 10, 0);
        services.commit(next(Step.LOAD, "orders"), 10);
    }

    private void awaitArchived(GatewayUnderTest gateway, String run) {
        await().untilAsserted(() -> assertThat(archived(gateway, run)).isTrue());
    }

    private boolean isStaged(String run) {
        return !services.staging().list("runs/" + run + "/").isEmpty();
    }

    @Test
    void furtherTablesTakeTheRecordsThatTheirEndpointHasReadOnce() {
        GatewayUnderTest gateway = gateway();
        Map<String, String> runs = start(gateway, "orders");
        assertThat(runs).containsOnlyKeys("orders", "lines", "customers", "totals");

        Task extract = next(Step.EXTRACT, "orders");
        assertThat(((Work.Extract) extract.work()).columns()).containsExactlyInAnyOrder("id", "sku", "customer");
        services.finish(extract, 10, 0);
        Task transform = next(Step.TRANSFORM, "orders");
        services.finish(transform, 10, 0);
        assertThat(state(gateway, id(runs, "lines"))).isEqualTo("QUEUED");
        services.commit(next(Step.LOAD, "orders"), 10);

        Map<String, Task> transforms = both(Step.TRANSFORM);
        transforms
                .values()
                .forEach(task -> assertThat(((Work.Transform) task.work()).manifest())
                        .isEqualTo(((Work.Transform) transform.work()).manifest()));
        services.finish(Objects.requireNonNull(transforms.get("lines")), 10, 2);
        services.commit(next(Step.LOAD, "lines"), 8);
        services.commit(next(Step.LOAD, "totals"), 1);
        services.finish(Objects.requireNonNull(transforms.get("customers")), 10, 0);
        services.commit(next(Step.LOAD, "customers"), 10);

        runs.values().forEach(run -> awaitState(gateway, run, "SUCCEEDED"));
        GatewayUnderTest.Answer lines = gateway.get("/api/v1/runs/" + id(runs, "lines"));
        assertThat(lines.text("rowsExtracted")).isEqualTo("10");
        assertThat(lines.text("rowsRejected")).isEqualTo("2");
        assertThat(lines.text("rowsLoaded")).isEqualTo("8");
        assertThat(logOf(gateway, id(runs, "lines")))
                .startsWith("START shop/lines after orders\ntakes the 10 records that run " + id(runs, "orders")
                        + " of orders has read\n");
        assertThat(services.hasTask(Step.EXTRACT)).isFalse();
        await().untilAsserted(() -> assertThat(runs.values()).noneMatch(this::isStaged));
    }

    @Test
    void whatAnEndpointHasReadStaysUntilAllOfItsTablesAreLoaded() {
        GatewayUnderTest gateway = gateway();
        Map<String, String> runs = start(gateway, "orders");
        loadOrders();
        Map<String, Task> transforms = both(Step.TRANSFORM);
        services.finish(Objects.requireNonNull(transforms.get("customers")), 10, 0);
        services.commit(next(Step.LOAD, "customers"), 10);
        services.fail(Objects.requireNonNull(transforms.get("lines")), ErrorCode.INTERNAL, "lost its way");
        runs.values().forEach(run -> awaitArchived(gateway, run));
        assertThat(isStaged(id(runs, "customers"))).isFalse();
        assertThat(isStaged(id(runs, "orders"))).isTrue();

        gateway.post("/api/v1/runs/" + id(runs, "lines") + "/retry", "");
        services.finish(next(Step.TRANSFORM, "lines"), 10, 0);
        services.commit(next(Step.LOAD, "lines"), 10);
        services.commit(next(Step.LOAD, "totals"), 1);
        runs.values().forEach(run -> awaitState(gateway, run, "SUCCEEDED"));
        await().untilAsserted(() -> assertThat(isStaged(id(runs, "orders"))).isFalse());
    }

    @Test
    void aFurtherTableFailsWithItsEndpointAndIsTakenUpAgainWithIt() {
        GatewayUnderTest gateway = gateway();
        Map<String, String> runs = start(gateway, "orders");
        services.fail(next(Step.EXTRACT, "orders"), ErrorCode.SOURCE_UNAVAILABLE, "away");
        runs.values().forEach(run -> awaitState(gateway, run, "FAILED"));
        assertThat(error(gateway, id(runs, "lines")))
                .isEqualTo("UPSTREAM_FAILED: lines comes after orders, whose run " + id(runs, "orders")
                        + " ended as FAILED");

        gateway.post("/api/v1/runs/" + id(runs, "lines") + "/retry", "");
        awaitState(gateway, id(runs, "lines"), "FAILED");
        assertThat(services.hasTask(Step.EXTRACT)).isFalse();

        gateway.post("/api/v1/runs/" + id(runs, "orders") + "/retry", "");
        loadOrders();
        both(Step.TRANSFORM).values().forEach(task -> services.finish(task, 10, 0));
        services.commit(services.next(Step.LOAD), 10);
        services.commit(services.next(Step.LOAD), 10);
        services.commit(services.next(Step.LOAD), 1);
        runs.values().forEach(run -> awaitState(gateway, run, "SUCCEEDED"));
    }

    @Test
    void aFurtherTableThatWasCancelledWhileItWaitedTakesTheRecordsWhenItIsRetried() {
        GatewayUnderTest gateway = gateway();
        Map<String, String> runs = start(gateway, "orders");
        gateway.post("/api/v1/runs/" + id(runs, "lines") + "/cancel", "");
        assertThat(state(gateway, id(runs, "lines"))).isEqualTo("CANCELLED");
        loadOrders();
        services.finish(next(Step.TRANSFORM, "customers"), 10, 0);
        services.commit(next(Step.LOAD, "customers"), 10);
        awaitArchived(gateway, id(runs, "customers"));

        gateway.post("/api/v1/runs/" + id(runs, "lines") + "/retry", "");
        services.finish(next(Step.TRANSFORM, "lines"), 10, 0);
        services.commit(next(Step.LOAD, "lines"), 10);
        awaitState(gateway, id(runs, "lines"), "SUCCEEDED");
        await().untilAsserted(() -> assertThat(isStaged(id(runs, "orders"))).isFalse());
    }

    @Test
    void whatIsOlderThanTheTableIsReadAgainOrRefused() throws IOException {
        Files.writeString(folder.resolve("pipelines/shop.yaml"), PIPELINE.replace("write: append", "write: replace"));
        GatewayUnderTest gateway = gateway();
        Map<String, String> first = start(gateway, "orders");
        gateway.post("/api/v1/runs/" + id(first, "lines") + "/cancel", "");
        services.finish(next(Step.EXTRACT, "orders"), 10, 0);
        services.finish(next(Step.TRANSFORM, "orders"), 10, 0);
        services.answerAbortsWith(new Abort.Closed());
        services.fail(next(Step.LOAD, "orders"), ErrorCode.WAREHOUSE_FAILED, "the disk is full");
        awaitState(gateway, id(first, "orders"), "FAILED");

        Map<String, String> second = start(gateway, "orders");
        loadOrders();
        both(Step.TRANSFORM).values().forEach(task -> services.finish(task, 10, 0));
        services.commit(services.next(Step.LOAD), 10);
        services.commit(services.next(Step.LOAD), 10);
        awaitState(gateway, id(second, "lines"), "SUCCEEDED");

        GatewayUnderTest.Answer lines = gateway.post("/api/v1/runs/" + id(first, "lines") + "/retry", "");
        assertThat(lines.status()).isEqualTo(409);
        assertThat(lines.text("detail"))
                .isEqualTo("run " + id(second, "lines") + " of lines has loaded shop.lines since, and what run "
                        + id(first, "lines") + " was to load is older (expected: a new run of orders)");
        gateway.post("/api/v1/runs/" + id(first, "orders") + "/retry", "");
        assertThat(next(Step.EXTRACT, "orders").run()).isEqualTo(id(first, "orders"));
    }

    @Test
    void aReplayThatIsRefusedLeavesNothingInStaging() {
        GatewayUnderTest gateway = gateway();
        Map<String, String> runs = start(gateway, "orders");
        loadOrders();
        both(Step.TRANSFORM).values().forEach(task -> services.finish(task, 10, 2));
        for (int i = 0; i < 3; i++) { // of both, and of the model
            services.commit(services.next(Step.LOAD), 8);
        }
        runs.values().forEach(run -> awaitState(gateway, run, "SUCCEEDED"));
        Map<String, String> later = start(gateway, "orders");

        GatewayUnderTest.Answer answer = gateway.post("/api/v1/runs/" + id(runs, "lines") + "/replay", "id,sku");
        assertThat(answer.text("code")).isEqualTo("RUN_ACTIVE");
        assertThat(services.staging().list("runs/")).noneMatch(name -> name.endsWith("/upload"));
        gateway.post("/api/v1/runs/" + id(later, "orders") + "/cancel", "");
    }

    @Test
    void recordsThatAreNotInStagingAnyMoreFailAFurtherTable() {
        GatewayUnderTest gateway = gateway();
        Map<String, String> runs = start(gateway, "orders");
        gateway.post("/api/v1/runs/" + id(runs, "lines") + "/cancel", "");
        loadOrders();
        awaitArchived(gateway, id(runs, "orders"));
        services.staging().deleteAll("runs/" + id(runs, "orders") + "/");

        gateway.post("/api/v1/runs/" + id(runs, "lines") + "/retry", "");
        awaitState(gateway, id(runs, "lines"), "FAILED");
        assertThat(error(gateway, id(runs, "lines")))
                .isEqualTo("STAGING_CORRUPT: the records that run " + id(runs, "orders")
                        + " of orders has read are not in staging any more (expected: another run of orders)");
    }

    @Test
    void aFurtherTableWhoseCursorIsBehindSaysWhatHelps() {
        GatewayUnderTest gateway = gateway();
        Map<String, String> runs = start(gateway, "orders");
        loadOrders();
        services.finish(Objects.requireNonNull(both(Step.TRANSFORM).get("lines")), 10, 0);
        services.answerAbortsWith(new Abort.Closed());
        services.fail(next(Step.LOAD, "lines"), ErrorCode.CURSOR_MOVED, "moved (expected: a retry)");
        awaitState(gateway, id(runs, "lines"), "FAILED");
        assertThat(error(gateway, id(runs, "lines")))
                .isEqualTo(
                        "CURSOR_MOVED: the cursor of shop/lines is not the one that the records of orders follow: a run"
                                + " of lines before this one has not succeeded, or the table is newer than the cursor of orders"
                                + " (expected: those runs retried, in their order; or a full run of orders)");

        gateway.post("/api/v1/runs/" + id(runs, "lines") + "/retry", "");
        services.commit(next(Step.LOAD, "lines"), 10);
        awaitState(gateway, id(runs, "lines"), "SUCCEEDED");
    }

    @Test
    void aFurtherTableIsNotRunWithoutItsEndpoint() {
        GatewayUnderTest gateway = gateway();
        GatewayUnderTest.Answer answer =
                gateway.post("/api/v1/pipelines/shop/runs", "{\"endpoints\":[\"lines\", \"stock\"]}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text("detail"))
                .isEqualTo(
                        "endpoints: lines is a further table of orders, whose run reads its records (expected: orders,"
                                + " which brings it)");
        assertThat(start(gateway, "lines", "orders")).containsKeys("lines", "orders");
    }

    @Test
    void aFurtherTableThatWaitedStartsThoughItsGatewayHasDied() {
        GatewayUnderTest first = gateway();
        Map<String, String> runs = start(first, "orders");
        Task extract = next(Step.EXTRACT, "orders");
        end(first);

        GatewayUnderTest second = gateway();
        services.finish(SchoolTests.at(extract, second), 10, 0);
        services.finish(next(Step.TRANSFORM, "orders"), 10, 0);
        services.commit(next(Step.LOAD, "orders"), 10);
        both(Step.TRANSFORM).values().forEach(task -> services.finish(task, 10, 0));
        services.commit(services.next(Step.LOAD), 10);
        services.commit(services.next(Step.LOAD), 10);
        awaitState(second, id(runs, "lines"), "SUCCEEDED");
    }

    @Test
    void thePipelineSaysWhichTablesShareRecords() {
        GatewayUnderTest gateway = gateway();
        JsonNode endpoints = Objects.requireNonNull(
                gateway.get("/api/v1/pipelines/shop").body().get("endpoints"));
        Map<String, String> readers = new TreeMap<>();
        endpoints
                .values()
                .forEach(endpoint -> readers.put(
                        Objects.requireNonNull(endpoint.get("name")).coerceStringValue(),
                        Objects.requireNonNull(endpoint.get("recordsOf")).isNull()
                                ? ""
                                : Objects.requireNonNull(endpoint.get("recordsOf"))
                                        .coerceStringValue()));
        assertThat(readers)
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("orders", "", "lines", "orders", "customers", "orders", "stock", ""));
    }
}
