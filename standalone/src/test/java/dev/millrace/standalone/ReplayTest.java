package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.Run;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R5.4: what was rejected is corrected, and loaded once. */
class ReplayTest {
    @TempDir
    private Path folder;

    private MillraceUnderTest millrace;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        millrace = new MillraceUnderTest(folder);
    }

    @AfterEach
    void close() {
        millrace.close();
    }

    private void pipeline(String write) throws IOException {
        millrace.pipeline("shop", """
                version: 1
                name: shop
                source: {type: files, folder: %s}
                endpoints:
                  orders:
                    files: {pattern: "*.csv", format: {type: csv, delimiter: ";"}}
                    destination: {table: shop.orders, %s}
                    rejects: {maxShare: 0.9}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: amount, type: NUMERIC, mode: REQUIRED}
                models:
                  totals:
                    after: [orders]
                    destination: {table: shop.totals, write: replace}
                    sql: SELECT sum(amount) AS total FROM shop.orders
                """.formatted(folder.resolve("data"), write));
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    /** Runs the endpoint of the pipeline, and returns the run's id. */
    private String rejecting() throws Exception {
        file("data/a.csv", "id;amount\n1;1.50\n2;two\n3;3,5\n");
        MillraceUnderTest.Called run = millrace.call("run", "shop", "orders", "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run(run, "orders").id();
    }

    private static Run run(MillraceUnderTest.Called called, String endpoint) throws IOException {
        return Objects.requireNonNull(
                        ObjectMapper.getDefault().readValue(called.out(), Argument.of(Answers.Batch.class)))
                .runs()
                .stream()
                .filter(run -> run.endpoint().equals(endpoint))
                .findFirst()
                .orElseThrow();
    }

    private String orders() throws Exception {
        return millrace.query("SELECT id, amount FROM shop.orders ORDER BY id").toString();
    }

    @Test
    void rejectedRecordsAreShownCorrectedAndLoadedOnce() throws Exception {
        pipeline("write: replace");
        String run = rejecting();
        MillraceUnderTest.Called records = millrace.call("rejects", run, "--records");
        assertThat(records.exitCode()).as(records.err()).isZero();
        assertThat(records.out().lines())
                .containsExactly("{\"id\":\"2\",\"amount\":\"two\"}", "{\"id\":\"3\",\"amount\":\"3,5\"}");

        Path corrected =
                file("corrected.ndjson", records.out().replace("two", "2.00").replace("3,5", "3.5"));
        MillraceUnderTest.Called replay = millrace.call("replay", run, corrected.toString());
        assertThat(replay.exitCode()).as(replay.err()).isZero();
        assertThat(orders()).isEqualTo("[[1, 1.5], [2, 2], [3, 3.5]]");
        assertThat(millrace.query("SELECT total FROM shop.totals").toString()).isEqualTo("[[7]]");

        MillraceUnderTest.Called again = millrace.call("replay", run, corrected.toString(), "--json");
        assertThat(again.exitCode()).as(again.err()).isZero();
        assertThat(orders()).isEqualTo("[[1, 1.5], [2, 2], [3, 3.5]]");
        assertThat(again.out()).contains("\"replayOf\":\"" + run + "\"", "\"trigger\":\"replay\"");
        assertThat(millrace.call("log", run).out()).contains("loads records in the place of rejected ones");
    }

    @Test
    void aFileInTheFormOfTheSourceIsTakenAndItsOwnRejectsCanBeReplayedToo() throws Exception {
        pipeline("write: merge, keys: [id]");
        String run = rejecting();
        Path corrected = file("corrected.csv", "id;amount\n2;2.00\n3;3,5\n");
        MillraceUnderTest.Called first = millrace.call("replay", run, corrected.toString(), "--json");
        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(run(first, "orders").rowsRejected()).isOne();
        assertThat(millrace.call("rejects", run(first, "orders").id()).out()).contains("upload, row 2, line 3");

        Path rest = file("rest.csv", "id;amount\n3;3.5\n");
        assertThat(millrace.call("replay", run(first, "orders").id(), rest.toString())
                        .exitCode())
                .isZero();
        assertThat(orders()).isEqualTo("[[1, 1.5], [2, 2], [3, 3.5]]");
    }

    @Test
    void aReplayOfWhichNothingWasLoadedIsDoneAnewAndNotRetriedOverANewerRun() throws Exception {
        pipeline("write: replace");
        String run = rejecting();
        Path corrected = file("corrected.ndjson", "{\"id\":\"2\",\"amount\":\"two\"}\n");
        MillraceUnderTest.Called failed = millrace.call("replay", run, corrected.toString(), "--json");
        assertThat(failed.exitCode()).isEqualTo(1);
        String first = run(failed, "orders").id();
        MillraceUnderTest.Called again = millrace.call("replay", run, corrected.toString(), "--json");
        assertThat(run(again, "orders").id()).isNotEqualTo(first);

        assertThat(millrace.call("run", "shop", "orders").exitCode()).isZero();
        assertThat(millrace.call("retry", first).err())
                .contains("has loaded shop.orders since, and what run " + first + " was to load is older");
    }

    @Test
    void aReplayIsOfTheDayOfItsRunAndTheNextRunOfTheDayReplacesIt() throws Exception {
        try (ScriptedApi api = new ScriptedApi()) {
            api.on(
                    "/events",
                    ScriptedApi.json(
                            "[{\"id\": 1, \"day\": \"2026-01-01\"}, {\"id\": \"x\", \"day\": \"2026-01-01\"}]"));
            millrace.pipeline("events", """
                    version: 1
                    name: events
                    source: {type: rest, baseUrl: "%s"}
                    endpoints:
                      events:
                        request: {path: /events, query: {day: "${day}"}}
                        day: {column: day}
                        destination: {table: logs.events, write: replace}
                        rejects: {maxShare: 0.5}
                        schema:
                          - {name: id, type: INTEGER, mode: REQUIRED}
                          - {name: day, type: DATE, mode: REQUIRED}
                    """.formatted(api.url()));
            String run = run(millrace.call("run", "events", "--day=2026-01-01", "--json"), "events")
                    .id();
            Path other = file("other.ndjson", "{\"id\": 2, \"day\": \"2026-01-02\"}\n");
            assertThat(millrace.call("replay", run, other.toString()).err()).contains("SOURCE_INCONSISTENT");
            Path right = file("right.ndjson", "{\"id\": 2, \"day\": \"2026-01-01\"}\n");
            MillraceUnderTest.Called replay = millrace.call("replay", run, right.toString());
            assertThat(replay.exitCode()).as(replay.err()).isZero();
            assertThat(millrace.query("SELECT id FROM logs.events ORDER BY id").toString())
                    .isEqualTo("[[1], [2]]");
            api.on("/events", ScriptedApi.json("[{\"id\": 3, \"day\": \"2026-01-01\"}]"));
            assertThat(millrace.call("run", "events", "--day=2026-01-01").exitCode())
                    .isZero();
            assertThat(millrace.query("SELECT id FROM logs.events").toString()).isEqualTo("[[3]]");
        }
    }

    @Test
    void whatWouldNotBeLoadedOnceIsRefused() throws Exception {
        pipeline("write: replace");
        String run = rejecting();
        Path corrected = file("corrected.csv", "id;amount\n2;2.00\n");
        assertThat(millrace.call("run", "shop", "orders").exitCode()).isZero();
        assertThat(millrace.call("replay", run, corrected.toString()).err())
                .contains("has replaced since what run " + run + " had loaded");
        assertThat(millrace.call("replay", "none", corrected.toString()).err()).contains("no run none");
        assertThat(millrace.call("replay", run, "nowhere.csv").err()).contains("nowhere.csv: no such file");

        pipeline("write: append");
        String failed = run(millrace.call("run", "shop", "orders", "--dry-run", "--json"), "orders")
                .id();
        assertThat(millrace.call("replay", failed, corrected.toString()).err()).contains("is a dry run");
        String second = rejecting();
        assertThat(millrace.call("replay", second, file("empty.csv", "").toString())
                        .err())
                .contains("the body is empty");
        Path wrong = file("wrong.csv", "id,amount\n2,2.00\n");
        MillraceUnderTest.Called malformed = millrace.call("replay", second, wrong.toString());
        assertThat(malformed.err()).contains("SOURCE_UNREADABLE", "upload: line 1: the header has no column");
        file("data/a.csv", "id;amount\n1;1.50\n");
        String nothing =
                run(millrace.call("run", "shop", "orders", "--json"), "orders").id();
        assertThat(millrace.call("replay", nothing, corrected.toString()).err()).contains("has rejected nothing");
    }
}
