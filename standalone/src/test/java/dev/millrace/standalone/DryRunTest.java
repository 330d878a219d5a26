package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.Run;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R5.11: dry runs, as who calls the command line sees them. */
class DryRunTest {
    private static final String MODEL = "SELECT count(*) AS n FROM weather.readings";

    @TempDir
    private Path folder;

    private MillraceUnderTest millrace;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(folder.resolve("data/january.csv"), "station,celsius,wind\n1,-2.5,3\n2,0.1,4\n1,7,5\n");
        millrace = new MillraceUnderTest(folder);
        pipeline("strict", "", MODEL);
    }

    @AfterEach
    void close() {
        millrace.close();
    }

    private void pipeline(String contract, String column, String model) throws IOException {
        millrace.pipeline("weather", """
                version: 1
                name: weather
                source: {type: files, folder: %s}
                endpoints:
                  readings:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: weather.readings, write: merge, keys: [station], contract: %s}
                    rejects: {maxShare: 0.4}
                    schema:
                      - {name: station, type: INTEGER, mode: REQUIRED}
                      - {name: celsius, type: NUMERIC}
                %s
                  lake:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {type: bucket, bucket: lake, key: weather}
                models:
                  totals:
                    after: [readings]
                    destination: {table: weather.totals, write: replace}
                    sql: %s
                """.formatted(folder.resolve("data"), contract, column, model));
    }

    private static List<Run> runs(MillraceUnderTest.Called called) throws IOException {
        return Objects.requireNonNull(
                        ObjectMapper.getDefault().readValue(called.out(), Argument.of(Answers.Batch.class)))
                .runs();
    }

    /** Files of the warehouse's bucket and of staging, without what is archived. */
    private List<String> left() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .filter(file -> file.contains("/staging/runs/") || file.contains("/lake/"))
                    .toList();
        }
    }

    @Test
    void aDryRunOfAllSaysWhatEachWouldDoAndLeavesNothing() throws Exception {
        pipeline("strict", "", "SELECT 1 AS n");
        MillraceUnderTest.Called called = millrace.call("run", "weather", "--dry-run", "--json");

        assertThat(called.exitCode()).as(called.err()).isZero();
        Map<String, Run> runs = runs(called).stream().collect(Collectors.toMap(Run::endpoint, run -> run));
        assertThat(runs).hasSize(3);
        assertThat(runs.values()).allMatch(Run::dryRun).allMatch(run -> run.rowsLoaded() == null);
        assertThat(Objects.requireNonNull(runs.get("readings")).rowsExtracted()).isEqualTo(3);
        assertThat(Objects.requireNonNull(runs.get("readings")).plan())
                .containsExactly(
                        "would create the table weather.readings",
                        "would merge 3 rows into weather.readings, which has 0: 0 of these would be replaced,"
                                + " 1 rows superseded");
        assertThat(Objects.requireNonNull(runs.get("lake")).plan())
                .first()
                .isEqualTo("would publish 3 records under lake/weather");
        assertThat(Objects.requireNonNull(runs.get("totals")).plan()).contains("would create the table weather.totals");
        assertThat(millrace.query("SELECT table_name FROM information_schema.tables"))
                .containsExactlyInAnyOrder(List.of("ledger"), List.of("schemas"));
        assertThat(millrace.query("SELECT * FROM millrace.ledger")).isEmpty();
        await().untilAsserted(() -> assertThat(left()).isEmpty());
    }

    @Test
    void aModelOfATableThatThereIsNotYetIsNoFailure() {
        MillraceUnderTest.Called called = millrace.call("run", "weather", "--dry-run");
        assertThat(called.exitCode()).as(called.err()).isZero();
        assertThat(called.out()).contains("can't say more: there is no weather.readings yet to select from");
    }

    @Test
    void whatWouldFailEndsWithOneAndSaysWhy() throws Exception {
        assertThat(millrace.call("run", "weather", "readings").exitCode()).isZero();
        pipeline("strict", "      - {name: wind, type: INTEGER}", MODEL);

        MillraceUnderTest.Called mismatch = millrace.call("run", "weather", "readings", "--dry-run");
        assertThat(mismatch.exitCode()).isEqualTo(1);
        assertThat(mismatch.err()).contains("TABLE_MISMATCH", "wind is missing in the table");

        pipeline("evolve", "      - {name: wind, type: INTEGER}", MODEL);
        MillraceUnderTest.Called evolving = millrace.call("run", "weather", "readings", "--dry-run");
        assertThat(evolving.exitCode()).as(evolving.err()).isZero();
        assertThat(evolving.out())
                .contains("weather/readings is a dry run, nothing was loaded:", "ADD COLUMN \"wind\" BIGINT")
                .contains("dry, succeeded");
        assertThat(millrace.call("runs").out()).contains("dry, succ", "dry, failed");

        pipeline("evolve", "", "SELECT count(*) AS n FROM weather.nowhere");
        MillraceUnderTest.Called model = millrace.call("run", "weather", "totals", "--dry-run");
        assertThat(model.exitCode()).isEqualTo(1);
        assertThat(model.err()).contains("QUERY_FAILED");

        Files.writeString(folder.resolve("data/february.csv"), "station,celsius,wind\nx,1,1\ny,1,1\nz,1,1\n");
        pipeline("strict", "", MODEL);
        MillraceUnderTest.Called rejects = millrace.call("run", "weather", "readings", "--dry-run");
        assertThat(rejects.exitCode()).isEqualTo(1);
        assertThat(rejects.err()).contains("REJECTS_ABOVE_LIMIT");
        assertThat(millrace.query("SELECT count(*) FROM millrace.ledger")).containsExactly(List.of("2"));
        assertThat(millrace.query("SELECT station, celsius FROM weather.readings ORDER BY 1"))
                .containsExactly(List.of("1", "7"), List.of("2", "0.1"));
    }

    @Test
    void aDryRunThatFailedIsRetriedDry() throws Exception {
        assertThat(millrace.call("run", "weather", "readings").exitCode()).isZero();
        pipeline("strict", "      - {name: wind, type: INTEGER}", MODEL);
        MillraceUnderTest.Called failed = millrace.call("run", "weather", "readings", "--dry-run", "--json");
        String run = runs(failed).stream()
                .filter(each -> each.endpoint().equals("readings"))
                .findFirst()
                .orElseThrow()
                .id();

        assertThat(millrace.call("retry", run).exitCode()).isEqualTo(1);
        assertThat(millrace.call("log", run).out())
                .contains("START weather/readings, dry run", "RETRY", "TABLE_MISMATCH");
        assertThat(millrace.query("SELECT count(*) FROM millrace.ledger")).containsExactly(List.of("2"));
    }
}
