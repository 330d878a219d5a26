package dev.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import dev.millrace.emulator.GcpEmulator;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The commit of a merge in the emulator's BigQuery, as the loader writes it, into a table that has half of the rows and as
 * many others; and the same merge by its engine alone.
 */
final class Merges implements Benchmark {
    private static final int TIMES = 4;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BASE = "/bigquery/v2/projects/test";

    /** Of the rows; in the stage table two of them are text. */
    private static final Map<String, String> COLUMNS = new TreeMap<>(Map.of(
            "amount", "NUMERIC",
            "happened", "DATETIME",
            "clock", "TIME",
            "day", "DATE",
            "flag", "BOOL",
            "id", "INT64",
            "moment", "TIMESTAMP",
            "name", "STRING",
            "note", "STRING",
            "score", "FLOAT64"));

    private final HttpClient http = HttpClient.newHttpClient();

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        long rows = environment.records();
        Path present = environment.folder().resolve("present.parquet");
        Path arriving = environment.folder().resolve("arriving.parquet");
        write(present, rows(false, 0, rows));
        write(arriving, rows(true, rows / 2, rows / 2 + rows));
        try (GcpEmulator google = GcpEmulator.start(environment.folder().resolve("google"))) {
            google.buckets().create("bucket");
            google.buckets().overwrite("bucket", "present", Files.readAllBytes(present));
            google.buckets().overwrite("bucket", "arriving", Files.readAllBytes(arriving));
            URI url = google.http();
            prepare(url);
            List<Duration> times = new ArrayList<>();
            List<Duration> processor = new ArrayList<>();
            List<Duration> engine = new ArrayList<>();
            for (int i = 0; i < TIMES; i++) {
                load(url, "reset" + i, "students", "present", "WRITE_TRUNCATE");
                Duration before = processorTime();
                times.add(job(
                        url,
                        "commit" + i,
                        "{\"query\": {\"useLegacySql\": false, \"query\": " + JSON.writeValueAsString(commit(rows, i))
                                + "}}"));
                processor.add(processorTime().minus(before));
                engine.add(engine(environment.folder().resolve("engine" + i), present, arriving));
            }
            return List.of(
                    Measurement.against(
                            String.format(
                                    Locale.ROOT,
                                    "Commit of a merge of %,d rows in the emulator, median of %d",
                                    rows,
                                    TIMES),
                            Measurement.median(times),
                            "the merge by its engine alone",
                            Measurement.median(engine),
                            ""),
                    Measurement.of(
                            "Processor time of such a commit", Measurement.seconds(Measurement.median(processor)), ""));
        }
    }

    private static String rows(boolean staged, long from, long to) {
        String at = "TIMESTAMP '2026-01-31 08:00:00' + to_seconds(i)";
        String clock = "TIME '00:00:00' + to_microseconds(i * 1000)";
        return "SELECT CAST(i * 0.01 AS DECIMAL(38,9)) AS amount, "
                + (staged ? "strftime(" + at + ", '%Y-%m-%dT%H:%M:%S.%f')" : at) + " AS happened, "
                + (staged ? "CAST(" + clock + " AS VARCHAR)" : clock) + " AS clock,"
                + " DATE '2026-01-31' + CAST(i % 1000 AS INTEGER) AS day, i % 3 = 0 AS flag, i AS id,"
                + " TIMESTAMPTZ '2026-01-31 00:00:00+00' + to_seconds(i) AS moment, 'name of ' || i AS name,"
                + " 'a note of some words, ' || hash(i) AS note, CAST(i AS DOUBLE) / 7 AS score"
                + (staged ? ", i AS _millrace_position" : "") + " FROM range(" + from + ", " + to + ") AS t(i)";
    }

    private static void write(Path file, String select) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("SET TimeZone = 'UTC'");
            statement.execute("COPY (" + select + ") TO '" + file + "' (FORMAT parquet)");
        }
    }

    /** Makes the tables, and fills that of staged rows. */
    private void prepare(URI url) throws IOException, InterruptedException {
        for (String dataset : List.of("school", "millrace")) {
            post(url, BASE + "/datasets", "{\"datasetReference\": {\"datasetId\": \"" + dataset + "\"}}");
        }
        table(url, "school", "students", COLUMNS);
        Map<String, String> staged = new TreeMap<>(COLUMNS);
        staged.put("happened", "STRING");
        staged.put("clock", "STRING");
        staged.put("_millrace_position", "INT64");
        table(url, "school", "staged", staged);
        Map<String, String> ledger = new TreeMap<>();
        for (String text : List.of("load", "state", "run", "table_name", "cursor", "checks")) {
            ledger.put(text, "STRING");
        }
        for (String number : List.of("generation", "rows", "superseded", "table_rows", "outdated", "tied", "deleted")) {
            ledger.put(number, "INT64");
        }
        ledger.put("decided_at", "TIMESTAMP");
        table(url, "millrace", "ledger", ledger);
        load(url, "stage", "staged", "arriving", "WRITE_EMPTY");
    }

    private void table(URI url, String dataset, String name, Map<String, String> columns)
            throws IOException, InterruptedException {
        post(
                url,
                BASE + "/datasets/" + dataset + "/tables",
                "{\"tableReference\": {\"tableId\": \"" + name + "\"}, \"schema\": {\"fields\": " + fields(columns)
                        + "}}");
    }

    private static String fields(Map<String, String> columns) {
        return columns.entrySet().stream()
                .map(column -> "{\"name\": \"" + column.getKey() + "\", \"type\": \"" + column.getValue() + "\"}")
                .collect(Collectors.joining(", ", "[", "]"));
    }

    private void load(URI url, String id, String table, String object, String write)
            throws IOException, InterruptedException {
        job(
                url,
                id,
                "{\"load\": {\"sourceFormat\": \"PARQUET\", \"sourceUris\": [\"gs://bucket/" + object
                        + "\"], \"writeDisposition\": \"" + write
                        + "\", \"destinationTable\": {\"projectId\": \"test\", \"datasetId\": \"school\", \"tableId\": \""
                        + table + "\"}}}");
    }

    /** How long a job has taken. */
    private Duration job(URI url, String id, String configuration) throws IOException, InterruptedException {
        post(
                url,
                BASE + "/jobs",
                "{\"jobReference\": {\"jobId\": \"" + id + "\", \"location\": \"US\"}, \"configuration\": "
                        + configuration + "}");
        while (true) {
            JsonNode job = send(HttpRequest.newBuilder(url.resolve(BASE + "/jobs/" + id + "?location=US")));
            if (job.at("/status/state").asText().equals("DONE")) {
                if (job.at("/status/errorResult").isObject()) {
                    throw new IOException(job.at("/status").toString());
                }
                return Duration.ofMillis(job.at("/statistics/endTime").asLong()
                        - job.at("/statistics/startTime").asLong());
            }
            Thread.sleep(20);
        }
    }

    /** As the loader's {@code Statements} writes it. */
    private static String commit(long rows, int number) {
        String names = String.join(", ", COLUMNS.keySet());
        String values = COLUMNS.entrySet().stream()
                .map(column -> (List.of("DATETIME", "TIME").contains(column.getValue())
                                ? "CAST(_new." + column.getKey() + " AS " + column.getValue() + ")"
                                : "_new." + column.getKey())
                        + " AS " + column.getKey())
                .collect(Collectors.joining(", "));
        String set = COLUMNS.keySet().stream()
                .filter(name -> !name.equals("id"))
                .map(name -> name + " = _new." + name)
                .collect(Collectors.joining(", "));
        String stage = "`test.school.staged` AS _new";
        return String.join(
                ";\n",
                "BEGIN TRANSACTION",
                "ASSERT NOT EXISTS (SELECT 1 FROM `test.millrace.ledger` WHERE load = '" + number + "') AS 'committed'",
                "ASSERT (SELECT COUNT(*) FROM `test.school.staged`) = " + rows + " AS 'corrupt'",
                "ASSERT NOT EXISTS (SELECT 1 FROM " + stage + " WHERE _new.id IS NULL) AS 'required'",
                "MERGE INTO `test.school.students` AS _old USING (SELECT " + names + " FROM (SELECT " + values
                        + ", _new._millrace_position FROM " + stage
                        + ") WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION"
                        + " BY id ORDER BY _millrace_position DESC) = 1) AS _new ON _old.id = _new.id WHEN MATCHED THEN"
                        + " UPDATE SET " + set + " WHEN NOT MATCHED THEN INSERT (" + names + ") VALUES ("
                        + COLUMNS.keySet().stream().map("_new."::concat).collect(Collectors.joining(", ")) + ")",
                "INSERT INTO `test.millrace.ledger` (load, state, generation, run, table_name, `rows`, superseded,"
                        + " table_rows, outdated, tied, deleted, `cursor`, checks, decided_at) SELECT '" + number
                        + "', 'COMMITTED', 1, 'run', 'students', " + rows + ", " + rows
                        + " - (SELECT COUNT(*) FROM (SELECT DISTINCT _new.id AS id FROM " + stage
                        + ")), (SELECT COUNT(*) FROM `test.school.students`), 0, 0, 0, CAST(NULL AS STRING),"
                        + " CAST(NULL AS STRING), CURRENT_TIMESTAMP()",
                "COMMIT TRANSACTION;");
    }

    /** The same rows merged by the engine, in a file, with the memory that the emulator lets it have. */
    private static Duration engine(Path file, Path present, Path arriving) throws SQLException {
        String names = String.join(", ", COLUMNS.keySet());
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("SET memory_limit = '1GB'");
            statement.execute("SET TimeZone = 'UTC'");
            statement.execute("CREATE TABLE students AS FROM '" + present + "'");
            statement.execute("CREATE TABLE staged AS FROM '" + arriving + "'");
            long start = System.nanoTime();
            statement.execute(
                    "MERGE INTO students AS o USING (SELECT * REPLACE (CAST(happened AS TIMESTAMP) AS happened, CAST(clock AS"
                            + " TIME) AS clock) FROM staged QUALIFY row_number() OVER (PARTITION BY id ORDER BY _millrace_position"
                            + " DESC) = 1) AS n ON o.id = n.id WHEN MATCHED THEN UPDATE SET "
                            + COLUMNS.keySet().stream()
                                    .map(name -> name + " = n." + name)
                                    .collect(Collectors.joining(", "))
                            + " WHEN NOT MATCHED THEN INSERT (" + names + ") VALUES ("
                            + COLUMNS.keySet().stream().map("n."::concat).collect(Collectors.joining(", ")) + ")");
            return Duration.ofNanos(System.nanoTime() - start);
        }
    }

    private static Duration processorTime() {
        return Duration.ofNanos(
                ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime());
    }

    private void post(URI url, String path, String body) throws IOException, InterruptedException {
        JsonNode _ = send(HttpRequest.newBuilder(url.resolve(path)).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() / 100 != 2) {
            throw new IOException(answer.statusCode() + ": " + new String(answer.body(), StandardCharsets.UTF_8));
        }
        return JSON.readTree(answer.body());
    }
}
