package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Shaping;
import dev.millrace.pipeline.TableNames;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.testing.RecordedGateway;
import dev.millrace.testing.ServiceUnderTest;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.warehouse.JsonLimits;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** The transformer as a service, with staged records for it and eyes for what it stages. */
public final class TransformerUnderTest implements AutoCloseable {
    static final Instant EXTRACTED = Instant.parse("2026-01-31T06:00:00.123456Z");

    final RecordedGateway gateway;
    final ServiceUnderTest service;
    final Path scratch;
    private final ObjectMapper json;
    /** Of all services in this process: some share their staging. */
    private static final AtomicInteger RUNS = new AtomicInteger();

    static final Capabilities BIG_QUERY =
            new Capabilities("BigQuery", new TableNames(true, true, null), new JsonLimits(500, false));

    private boolean texts;

    /** Of the warehouse that tasks are for; null: they don't say. */
    private @Nullable Capabilities capabilities;

    private TransformerUnderTest(Path folder, Map<String, Object> properties) throws IOException {
        this.gateway = new RecordedGateway();
        Path staging = folder.resolve("staging");
        this.scratch = folder.resolve("scratch");
        Map<String, Object> all = new HashMap<>(properties);
        all.put("millrace.transformer.scratch", scratch.toString());
        this.service = ServiceUnderTest.start(Step.TRANSFORM, staging, all);
        this.json = service.context().getBean(ObjectMapper.class);
    }

    static TransformerUnderTest start(Path folder) throws IOException {
        return start(folder, Map.of("millrace.transformer.memory-limit", "256MB"));
    }

    static TransformerUnderTest start(Path folder, Map<String, Object> properties) throws IOException {
        return new TransformerUnderTest(folder, properties);
    }

    /** From now on tasks say what the warehouse can hold that their rows are for. */
    TransformerUnderTest loadedInto(Capabilities warehouse) {
        capabilities = warehouse;
        return this;
    }

    /** What a task staged, read back. */
    record Result(Manifest manifest, List<List<Object>> rows, List<Reject> rejects) {
        /** Values of one column, in the order of the rows. */
        List<Object> column(int position) {
            List<Object> values = new ArrayList<>();
            rows.forEach(row -> values.add(row.get(position)));
            return values;
        }
    }

    /** Shapes the records, which are one part. */
    Result transform(List<Column> schema, String... records) throws Exception {
        return transform(schema, List.of(bytes(records)));
    }

    /** Shapes parts, each of lines as they are. */
    Result transform(List<Column> schema, List<byte[]> parts) throws Exception {
        return transform(plain(schema), parts);
    }

    Result transform(Shaping shaping, List<byte[]> parts) throws Exception {
        Task task = task(shaping, parts);
        Outcome outcome = service.run(gateway, task);
        if (!(outcome instanceof Outcome.Staged staged)) {
            throw new AssertionError(outcome);
        }
        return result(staged);
    }

    /** What the run's log says after the records are shaped. */
    List<String> logOf(List<Column> schema, String... records) throws Exception {
        Task task = task(schema, List.of(bytes(records)));
        int _ = service.post(task);
        Heartbeat last = gateway.report(task).last();
        return Stream.concat(gateway.heartbeats().stream(), Stream.of(last))
                .flatMap(heartbeat -> heartbeat.log().stream())
                .map(line -> line.level() + " " + line.message())
                .toList();
    }

    /** Shapes the records of a file that knows texts only. */
    Result transformTexts(List<Column> schema, String... records) throws Exception {
        texts = true;
        try {
            return transform(schema, records);
        } finally {
            texts = false;
        }
    }

    Outcome.Failed failure(List<Column> schema, List<byte[]> parts) throws Exception {
        return failure(task(schema, parts));
    }

    Outcome.Failed failure(Task task) throws Exception {
        Outcome outcome = service.run(gateway, task);
        if (!(outcome instanceof Outcome.Failed failed)) {
            throw new AssertionError(outcome);
        }
        return failed;
    }

    static byte[] bytes(String... records) {
        StringBuilder lines = new StringBuilder();
        for (String record : records) {
            lines.append(record).append('\n');
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Stages the parts as the extractor does, and makes the task for them. */
    Task task(List<Column> schema, List<byte[]> parts) throws IOException {
        return task(plain(schema), parts);
    }

    private Task task(Shaping shaping, List<byte[]> parts) throws IOException {
        String run = nextRun();
        List<Part> staged = new ArrayList<>();
        for (byte[] part : parts) {
            long rows = 0;
            for (byte b : part) {
                rows += b == '\n' ? 1 : 0;
            }
            if (part.length > 0 && part[part.length - 1] != '\n') {
                rows++;
            }
            staged.add(stagePart(run, staged.size(), part, rows));
        }
        return task(run, shaping, staged);
    }

    String nextRun() {
        return "run-" + RUNS.incrementAndGet();
    }

    Part stagePart(String run, int number, byte[] lines, long rows) throws IOException {
        try (Upload upload = service.staging()
                .upload(Task.folder(run, "rows", Step.EXTRACT, 1) + "/part-0000" + number + ".ndjson.zst")) {
            try (OutputStream out = Ndjson.compress(Manifest.Format.NDJSON_ZSTD, upload.stream())) {
                out.write(lines);
            }
            return upload.commit(rows);
        }
    }

    Task task(String run, List<Column> schema, List<Part> parts) throws IOException {
        return task(run, plain(schema), parts);
    }

    private Task task(String run, Shaping shaping, List<Part> parts) throws IOException {
        long rows = parts.stream().mapToLong(Part::rows).sum();
        Manifest manifest = new Manifest(
                run + "-extract",
                1,
                Manifest.Format.NDJSON_ZSTD,
                parts,
                List.of(),
                new Counts(rows, rows, 0, 0),
                "cursor of " + run,
                List.of(),
                null,
                null,
                "start of " + run,
                texts);
        String path = Task.folder(run, "rows", Step.EXTRACT, 1) + "/" + Manifest.NAME;
        service.staging().createIfAbsent(path, json.writeValueAsBytes(manifest));
        return gateway.task(run, new Work.Transform(path, EXTRACTED, shaping, capabilities));
    }

    static Work work(String manifest, Shaping shaping) {
        return new Work.Transform(manifest, EXTRACTED, shaping, null);
    }

    /** One row of each record, by its schema alone. */
    static Shaping plain(List<Column> schema) {
        return new Shaping(schema, null, null, null, List.of());
    }

    Result result(Outcome.Staged staged) throws Exception {
        StagingStore store = service.staging();
        Manifest manifest;
        try (InputStream in = store.open(staged.manifest())) {
            manifest = json.readValue(in, Argument.of(Manifest.class));
        }
        List<List<Object>> rows = new ArrayList<>();
        for (Part part : manifest.parts()) {
            rows.addAll(query(
                    "SELECT * EXCLUDE (_millrace_position) FROM read_parquet('" + store.fetch(part, scratch) + "')"));
        }
        List<Reject> rejects = new ArrayList<>();
        for (Part part : manifest.rejects()) {
            try (BufferedReader lines = new BufferedReader(
                    new InputStreamReader(new GZIPInputStream(store.open(part)), StandardCharsets.UTF_8))) {
                String line = lines.readLine();
                while (line != null) {
                    rejects.add(json.readValue(line, Argument.of(Reject.class)));
                    line = lines.readLine();
                }
            }
        }
        return new Result(manifest, rows, rejects);
    }

    /** Of each record the text of its only value, or the reason of its reject after an exclamation mark. */
    List<Object> cells(Column column, String select, List<String> values) throws Exception {
        String[] records = new String[values.size()];
        for (int i = 0; i < records.length; i++) {
            records[i] = "{\"" + column.path() + "\":" + values.get(i) + "}";
        }
        Result result = transform(List.of(column), records);
        List<Object> good = new ArrayList<>();
        for (Path file : files(result.manifest())) {
            query("SELECT " + select + " FROM read_parquet('" + file + "')").forEach(row -> good.add(row.getFirst()));
        }
        Map<Long, String> bad = new HashMap<>();
        result.rejects().forEach(reject -> bad.put(reject.row(), "!" + reject.reason()));
        List<Object> cells = new ArrayList<>();
        Iterator<Object> next = good.iterator();
        for (long row = 1; row <= records.length; row++) {
            cells.add(bad.containsKey(row) ? bad.get(row) : next.next());
        }
        if (next.hasNext()) {
            throw new AssertionError("more rows than records");
        }
        return cells;
    }

    /** Files of the staged parts. */
    List<Path> files(Manifest manifest) {
        return manifest.parts().stream()
                .map(part -> service.staging().fetch(part, scratch))
                .toList();
    }

    public static List<List<Object>> query(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("SET TimeZone = 'UTC'");
            try (ResultSet result = statement.executeQuery(sql)) {
                List<List<Object>> rows = new ArrayList<>();
                while (result.next()) {
                    List<Object> row = new ArrayList<>();
                    for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                        row.add(result.getObject(i));
                    }
                    rows.add(row);
                }
                return rows;
            }
        }
    }

    @Override
    public void close() {
        service.close();
        gateway.close();
    }
}
