package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.ExportFormat;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Outcome;
import dev.millrace.task.RunLogCopy;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.json.tree.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Models, and records that are published to a bucket, whatever the run database. */
abstract class ModelsContract extends SchoolTests {
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

    private static final String EXPORTS = MARTS + """
            exports:
              file: {after: [mid], destination: {bucket: out, key: mid, format: parquet}, sql: SELECT 4 AS n}
              list: {after: [file, a], destination: {bucket: out, key: list, format: csv}, sql: SELECT 5 AS n}
            """;

    /** Starts what is named, by the names of the pipeline. */
    private Map<String, String> startMarts(GatewayUnderTest gateway, String... names) {
        return startMarts(MARTS, gateway, names);
    }

    private Map<String, String> startMarts(String file, GatewayUnderTest gateway, String... names) {
        try {
            Files.writeString(folder.resolve("pipelines/marts.yaml"), file);
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
    void anExportComesAfterWhatItSelectsFromAndStopsWithIt() {
        GatewayUnderTest gateway = gateway();
        Map<String, String> runs = startMarts(EXPORTS, gateway, "a");
        assertThat(runs).containsOnlyKeys("a", "late", "mid", "file", "list");
        services.commit(Objects.requireNonNull(loads(1).get("a")), 1);
        Task mid = services.next(Step.LOAD);
        services.answerAbortsWith(new Abort.Closed());
        services.fail(mid, ErrorCode.QUERY_FAILED, "no");
        awaitState(gateway, Objects.requireNonNull(runs.get("list")), "FAILED");
        assertThat(error(gateway, Objects.requireNonNull(runs.get("file"))))
                .contains("UPSTREAM_FAILED", "file comes after mid, whose run");
        assertThat(error(gateway, Objects.requireNonNull(runs.get("list")))).contains("list comes after file");

        gateway.post("/api/v1/runs/" + runs.get("mid") + "/retry", "");
        services.commit(services.next(Step.LOAD), 1);
        Task one = services.next(Step.LOAD);
        Task other = services.next(Step.LOAD);
        Task file = one.endpoint().equals("file") ? one : other;
        assertThat(file.work()).isInstanceOfSatisfying(Work.Export.class, export -> {
            assertThat(export.format()).isEqualTo(ExportFormat.PARQUET);
            assertThat(export.sql()).isEqualTo("SELECT 4 AS n");
            assertThat(export.destination().key()).isEqualTo("mid");
        });
        services.commit(file, 4);
        Task list = services.next(Step.LOAD);
        assertThat(list.endpoint()).isEqualTo("list");
        assertThat(gateway.get("/api/v1/runs/" + runs.get("file")).text("table"))
                .isEqualTo("out/mid");
        JsonNode exports = Objects.requireNonNull(
                gateway.get("/api/v1/pipelines/marts").body().get("exports"));
        assertThat(Objects.requireNonNull(exports.get(0).get("file")).getStringValue())
                .isEqualTo("out/mid/latest.parquet");

        assertThat(services.nextAbort().publication()).as("that of mid").isNull();
        gateway.post("/api/v1/runs/" + runs.get("list") + "/cancel", "");
        assertThat(Objects.requireNonNull(services.nextAbort().publication()).name())
                .isEqualTo("out/list");
        awaitState(gateway, Objects.requireNonNull(runs.get("list")), "CANCELLED");
        awaitState(gateway, Objects.requireNonNull(runs.get("file")), "SUCCEEDED");
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
        end(first);

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
        assertThat(((Work.Extract) extract.work()).parts().rows()).isEqualTo(5);
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
}
