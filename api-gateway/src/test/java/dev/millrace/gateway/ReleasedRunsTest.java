package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.gateway.store.Json;
import dev.millrace.gateway.store.RunSpec;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.json.tree.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The run databases of earlier versions, each with a run in each state, and what they stored of the example pipelines.
 * These samples are never changed: one that can't be read any more asks for an upcast.
 */
class ReleasedRunsTest extends GatewayTests {
    private static final Path SAMPLES = Path.of("src/test/resources/samples");

    private static final String PIPELINE = """
            version: 1
            name: other
            source: {type: files, folder: /srv/other}
            endpoints:
              other:
                files: {pattern: "*.csv", format: {type: csv}}
                destination: {table: other.other, write: append}
                schema: [{name: id, type: INTEGER}]
            """;

    private @Nullable String version;

    ReleasedRunsTest() {
        super("other", PIPELINE);
    }

    @Override
    Map<String, Object> newDatabase(Path file) {
        if (version != null) {
            restore(version, file);
        }
        return h2(file);
    }

    @ParameterizedTest
    @ValueSource(strings = "0.1")
    void aRunInEachStateIsTakenUpWhereItWas(String version) {
        this.version = version;
        services.answerAbortsWith(new Abort.Closed());
        GatewayUnderTest gateway = newGateway(Map.of("millrace.gateway.lease", "20s"));
        Map<String, String> before = Map.of(
                "done", "SUCCEEDED",
                "published", "SUCCEEDED",
                "failed", "FAILED",
                "queued", "SUCCEEDED",
                "extracting", "SUCCEEDED",
                "transforming", "SUCCEEDED",
                "loading", "SUCCEEDED",
                "waiting", "SUCCEEDED",
                "cancelling", "CANCELLED");

        await().untilAsserted(() -> {
            work();
            assertThat(states(gateway)).isEqualTo(before);
        });
        String failed = ids(gateway).get("failed");
        assertThat(gateway.post("/api/v1/runs/" + failed + "/retry", "").status())
                .isEqualTo(200);
        await().untilAsserted(() -> {
            work();
            assertThat(states(gateway)).containsEntry("failed", "SUCCEEDED");
        });

        GatewayUnderTest.Answer done =
                gateway.get("/api/v1/runs/" + ids(gateway).get("done"));
        assertThat(done.text("rowsLoaded")).isEqualTo("10");
        assertThat(done.text("rowsRejected")).isEqualTo("3");
        assertThat(logOf(gateway, Objects.requireNonNull(ids(gateway).get("done"))))
                .startsWith("START trial/done\n")
                .endsWith("END SUCCEEDED\n");
    }

    @Test
    void whatWasStoredOfEachExampleIsReadAndSaysTheSameWhenItIsStoredAgain() throws IOException {
        Json json = gateway().context().getBean(Json.class);
        try (Stream<Path> versions = Files.list(SAMPLES)) {
            versions.flatMap(version -> files(version.resolve("specs"))).forEach(sample -> {
                RunSpec spec = json.read(text(sample), RunSpec.class);

                assertThat(json.read(json.write(spec), RunSpec.class))
                        .as("%s", sample)
                        .isEqualTo(spec);
            });
        }
    }

    @Test
    void backfillsOfAVersionThatKnewDaysOnlyStayOfTheSameDays() throws SQLException {
        BackfillsContract.checkDaysOfEarlierVersions(h2(folder.resolve("released-days-only")));
    }

    /** Does what there is to do, as the services would. */
    private void work() {
        for (Step step : Step.values()) {
            while (services.hasTask(step)) {
                Task task = services.next(step);
                int _ = services.report(
                        task,
                        step == Step.LOAD
                                ? new Outcome.Committed(new LoadResult(10, 0, 10))
                                : services.stage(task, 10, 0));
            }
        }
    }

    private static Map<String, String> states(GatewayUnderTest gateway) {
        return column(gateway, "state");
    }

    private static Map<String, String> ids(GatewayUnderTest gateway) {
        return column(gateway, "id");
    }

    private static Map<String, String> column(GatewayUnderTest gateway, String column) {
        Map<String, String> values = new HashMap<>();
        for (JsonNode run : Objects.requireNonNull(
                        gateway.get("/api/v1/runs?limit=100").body().get("runs"))
                .values()) {
            values.put(
                    Objects.requireNonNull(run.get("endpoint")).coerceStringValue(),
                    Objects.requireNonNull(run.get(column)).coerceStringValue());
        }
        return values;
    }

    private static void restore(String version, Path file) {
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:h2:file:" + file + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH",
                        "sa",
                        "");
                Statement statement = connection.createStatement()) {
            statement.execute("RUNSCRIPT FROM '"
                    + SAMPLES.resolve(version).resolve("runs.sql").toAbsolutePath() + "'");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Stream<Path> files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> found = files.sorted().toList();
            assertThat(found).as("%s", folder).isNotEmpty();
            return found.stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
