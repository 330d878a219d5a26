package dev.millrace.standalone;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.cloud.EmulatedCloud;
import dev.millrace.standalone.process.Cloud;
import dev.millrace.standalone.process.FourProcesses;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.Installation;
import dev.millrace.standalone.process.OneProcess;
import dev.millrace.standalone.process.Settings;
import dev.millrace.standalone.sample.SampleSchool;
import dev.millrace.standalone.sample.SampleStatistics;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** R0.1, R0.4: what four processes load by way of Cloud Storage into BigQuery is what one process loads into DuckDB. */
@Timeout(240)
class CloudPathTest {
    /** And their order. */
    private static final Map<String, String> TABLES = Map.of(
            "school.students", "id",
            "school.school_terms", "id",
            "school.year_groups", "id",
            "hiring.departments", "id",
            "hiring.jobs", "id",
            "hiring.hired_employees", "id",
            "statistics.weekly_deaths", "week_ended, section NULLS LAST, label, deaths");

    private static final List<Path> PIPELINES = List.of(Terminal.ROOT.resolve("pipelines"));

    @TempDir
    private Path folder;

    /**
     * What one way has led to; the graph is the file of an export, in which BigQuery sorts the keys of its JSON.
     *
     * @param deaths rows of the file of another export, whose order their types don't change
     */
    private record Loaded(
            List<String> runs, Map<String, Query.Result> tables, Map<String, Mentions> graph, List<String> deaths) {}

    /** The file that an export has written under a name in a bucket. */
    private interface Published {
        Path file(String bucket, String name) throws Exception;
    }

    @Test
    void loadsTheSameCellByCellAsTheEmbeddedPath() throws Exception {
        try (SampleSchool school = new SampleSchool(Clock.systemUTC(), Duration.ofMinutes(5));
                SampleStatistics statistics = new SampleStatistics()) {
            Home embedded = home("embedded", school, statistics);
            Home cloud = home("cloud", school, statistics);
            Loaded expected;
            try (Installation installation = OneProcess.start(settings(embedded, null))) {
                expected = load(
                        installation,
                        embedded,
                        (bucket, name) -> embedded.published().resolve(bucket).resolve(name));
            }
            try (EmulatedCloud google = EmulatedCloud.start(cloud, PipelineBuckets.in(PIPELINES));
                    Installation installation = FourProcesses.start(settings(cloud, google), news -> {})) {
                Loaded loaded = load(installation, cloud, (bucket, name) -> fetched(google, bucket, name));

                assertThat(loaded.runs()).isEqualTo(expected.runs());
                assertThat(loaded.graph()).isEqualTo(expected.graph()).hasSize(5);
                assertThat(loaded.deaths()).isEqualTo(expected.deaths()).hasSize(4_961);
                for (String table : TABLES.keySet()) {
                    Query.Result wanted = requireNonNull(expected.tables().get(table));
                    Query.Result found = requireNonNull(loaded.tables().get(table));
                    assertThat(found.columns()).as(table).isEqualTo(wanted.columns());
                    assertThat(found.rows()).as(table).containsExactlyElementsOf(wanted.rows());
                }
                assertThat(backUp(installation, cloud, "hiring.jobs")).startsWith("gs://millrace-backups/hiring.jobs/");
                assertThat(embedded.emulator()).doesNotExist();
                assertThat(google.emulator().calls().count("POST", "/upload/storage/v1/b/"))
                        .isPositive();
            }
        }
    }

    /** Returns where the backup is. */
    private static String backUp(Installation installation, Home home, String table) throws InterruptedException {
        try (GatewayClient gateway = new GatewayClient(installation.gateway(), home.token())) {
            String run = gateway.read(gateway.backUp(table, "avro", null), Answers.Started.class)
                    .run();
            RunWatch.untilEnded(() -> List.of(gateway.read(gateway.run(run), Run.class)), new Progress.Silent());
            return gateway.read(gateway.backups(table), Answers.Backups.class)
                    .backups()
                    .getFirst()
                    .where();
        }
    }

    private Home home(String name, SampleSchool school, SampleStatistics statistics) throws Exception {
        Home home = new Home(folder.resolve(name));
        home.create();
        home.secret("isams_api_credentials", school.credentials());
        home.secret("weekly_deaths_page", statistics.url());
        return home;
    }

    private Path fetched(EmulatedCloud google, String bucket, String name) throws Exception {
        Path file = folder.resolve(name.replace('/', '-'));
        String object = URLEncoder.encode(name, StandardCharsets.UTF_8);
        try (InputStream in = google.http()
                .resolve("/storage/v1/b/" + bucket + "/o/" + object + "?alt=media")
                .toURL()
                .openStream()) {
            Files.copy(in, file);
        }
        return file;
    }

    private static List<String> rows(Path parquet) throws Exception {
        List<String> rows = new ArrayList<>();
        try (Connection duckDb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckDb.createStatement();
                ResultSet found = statement.executeQuery(
                        "SELECT concat_ws('|', section, area_code, label, week, week_ended, CAST(deaths AS DECIMAL(18, 3)))"
                                + " FROM '" + parquet + "' ORDER BY ALL")) {
            while (found.next()) {
                rows.add(found.getString(1));
            }
        }
        return rows;
    }

    private static Settings settings(Home home, @Nullable Cloud google) {
        return new Settings(home, PIPELINES, 0, true, google);
    }

    private static Loaded load(Installation installation, Home home, Published published) throws Exception {
        try (GatewayClient gateway = new GatewayClient(installation.gateway(), home.token())) {
            List<String> ended = new ArrayList<>();
            List<String> pipelines = Stream.concat(Demo.PIPELINES.stream(), Stream.of("drugs", "weekly-deaths"))
                    .toList();
            for (String pipeline : pipelines) {
                Answers.Batch batch = gateway.read(
                        gateway.start(pipeline, new Answers.Start(List.of(), null, false), null), Answers.Batch.class);
                List<Run> runs = new ArrayList<>(RunWatch.untilEnded(
                        () -> gateway.read(gateway.batch(batch.batch()), Answers.Batch.class)
                                .runs(),
                        new Progress.Silent()));
                runs.forEach(run -> ended.add(run.table() + " " + run.state() + " " + run.rowsExtracted() + " "
                        + run.rowsLoaded() + " " + run.rowsRejected() + " " + run.rowsFiltered() + " " + run.error()));
            }
            Map<String, Query.Result> tables = new LinkedHashMap<>();
            for (Map.Entry<String, String> table : TABLES.entrySet()) {
                String sql = "SELECT * FROM " + table.getKey() + " ORDER BY " + table.getValue();
                tables.put(table.getKey(), gateway.read(gateway.query(sql, 10_000), Query.Result.class));
            }
            Map<String, Mentions> graph = Mentions.exported(published.file("drugs", "graph/latest.json"));
            List<String> deaths = rows(published.file("statistics", "weekly_deaths/latest.parquet"));
            return new Loaded(ended.stream().sorted().toList(), tables, graph, deaths);
        }
    }
}
