package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.emulator.storage.Buckets;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.cloud.EmulatedCloud;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.Installation;
import dev.millrace.standalone.process.OneProcess;
import dev.millrace.standalone.process.Settings;
import dev.millrace.task.Query;
import io.micronaut.json.tree.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(240)
class HistoricLoadTest {
    private static final Path HIRING = Terminal.ROOT.resolve("pipelines/hiring");
    private static final List<String> TABLES = List.of("departments", "jobs", "hired_employees");

    @TempDir
    private Path folder;

    @Test
    @DisplayName("R2.5 the hiring tables from files in a bucket are, cell by cell, those from files in a folder")
    void loadsTheSameFromABucketAsFromAFolder() throws Exception {
        Home home = new Home(folder.resolve("home"));
        home.create();
        String file = Files.readString(HIRING.resolve("pipeline.yaml"));
        Path pipelines = Files.createDirectory(folder.resolve("pipelines"));
        Files.createDirectory(pipelines.resolve("insights"));
        for (String insight : List.of("HIRES_DEPARTMENT_JOB.sql", "DEPARTMENTS_HIRED_ABOVE_MEAN.sql")) {
            Files.copy(
                    Terminal.ROOT.resolve("pipelines/insights").resolve(insight),
                    pipelines.resolve("insights").resolve(insight));
        }
        Files.writeString(
                pipelines.resolve("local.yaml"),
                file.replace("name: hiring", "name: local")
                        .replace(
                                "folder: data",
                                "folder: " + HIRING.resolve("data").toAbsolutePath()));
        Files.writeString(
                pipelines.resolve("historic.yaml"),
                file.replace("name: hiring", "name: historic")
                        .replace("folder: data", "folder: gs://hiring-archive/until/2022")
                        .replace("table: hiring.", "table: historic."));
        try (EmulatedCloud google = EmulatedCloud.start(home, Set.of());
                Installation installation = OneProcess.start(new Settings(home, List.of(pipelines), 0, true, google));
                GatewayClient gateway = new GatewayClient(installation.gateway(), home.token())) {
            upload(google);

            assertThat(load(gateway, "historic")).isEqualTo(load(gateway, "local"));
            for (String table : TABLES) {
                Query.Result historic = rows(gateway, "historic." + table);
                assertThat(historic.rows()).as(table).isNotEmpty();
                assertThat(historic).as(table).isEqualTo(rows(gateway, "hiring." + table));
            }
            Hires hires = Hires.of(HIRING.resolve("data"), true);
            assertThat(insight(gateway, "HIRES_DEPARTMENT_JOB")).isEqualTo(hires.byQuarter(2021));
            assertThat(insight(gateway, "DEPARTMENTS_HIRED_ABOVE_MEAN")).isEqualTo(hires.aboveMean(2021));
        }
    }

    /** Values as texts. */
    private static List<List<String>> insight(GatewayClient gateway, String name) throws InterruptedException {
        List<List<String>> rows = new ArrayList<>();
        String answer = gateway.insight(name, 10_000, Map.of());
        for (JsonNode row : gateway.read(answer, JsonNode.class).get("rows").values()) {
            List<String> values = new ArrayList<>();
            row.values().forEach(value -> values.add(value.coerceStringValue()));
            rows.add(values);
        }
        assertThat(gateway.insight(name, 10_000, Map.of())).as("asked again").isEqualTo(answer);
        return rows;
    }

    private static void upload(EmulatedCloud google) throws IOException {
        Buckets buckets = google.emulator().buckets();
        buckets.create("hiring-archive");
        for (String table : TABLES) {
            buckets.overwrite(
                    "hiring-archive",
                    "until/2022/" + table + "_2022.csv",
                    Files.readAllBytes(HIRING.resolve("data").resolve(table + ".csv")));
        }
    }

    /** What the runs of all endpoints came to. */
    private static List<String> load(GatewayClient gateway, String pipeline) throws InterruptedException {
        Answers.Batch batch = gateway.read(
                gateway.start(pipeline, new Answers.Start(List.of(), null, false), null), Answers.Batch.class);
        List<Run> runs = RunWatch.untilEnded(
                () -> gateway.read(gateway.batch(batch.batch()), Answers.Batch.class)
                        .runs(),
                new Progress.Silent());
        return runs.stream()
                .map(run -> run.endpoint() + " " + run.state() + " " + run.rowsLoaded() + " " + run.rowsRejected())
                .sorted()
                .toList();
    }

    private static Query.Result rows(GatewayClient gateway, String table) throws InterruptedException {
        return gateway.read(gateway.query("SELECT * FROM " + table + " ORDER BY id", 10_000), Query.Result.class);
    }
}
