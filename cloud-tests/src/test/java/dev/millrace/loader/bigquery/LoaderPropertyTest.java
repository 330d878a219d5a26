package dev.millrace.loader.bigquery;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.zetasql.Value;
import dev.millrace.loader.TableLoad;
import dev.millrace.loader.TableRestore;
import dev.millrace.loader.backup.BackupManifest;
import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.Write;
import dev.millrace.staging.Counts;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import dev.millrace.staging.Part;
import dev.millrace.staging.Upload;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.testing.GoogleEvaluator;
import dev.millrace.testing.RecordedGateway;
import dev.millrace.testing.ServiceUnderTest;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Values of every type but GEOGRAPHY, on the whole way from a record to a table: read by the transformer, staged as
 * Parquet, and moved by the very statements of a commit, on Google's own evaluator.
 */
@Timeout(120)
@EnabledOnOs(
        value = {OS.LINUX, OS.MAC},
        architectures = {"amd64", "x86_64"},
        disabledReason = "Google's library for GoogleSQL exists for Linux and macOS on x86-64 only")
class LoaderPropertyTest {
    private static final long SEED = 20260131;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
            .build();

    private static final List<String> TYPES = List.of(
            "INTEGER",
            "NUMERIC",
            "NUMERIC, precision: 10, scale: 2",
            "BIGNUMERIC",
            "BIGNUMERIC, precision: 38, scale: 20",
            "FLOAT",
            "BOOLEAN",
            "STRING",
            "BYTES",
            "DATE",
            "TIME",
            "DATETIME",
            "TIMESTAMP",
            "INTERVAL",
            "JSON");

    private static final List<String> DAYS = List.of("DATE", "DATETIME", "TIMESTAMP");

    @TempDir
    static Path folder;

    private static RecordedGateway gateway;
    private static ServiceUnderTest transformer;
    private static int runs;

    private final SampleValues samples = new SampleValues(SEED);
    private final Random random = new Random(SEED);

    @BeforeAll
    static void start() throws Exception {
        gateway = new RecordedGateway();
        transformer = ServiceUnderTest.start(
                Step.TRANSFORM,
                folder.resolve("staging"),
                Map.of(
                        "millrace.transformer.memory-limit",
                        "256MB",
                        "millrace.transformer.scratch",
                        folder.resolve("scratch").toString()));
    }

    @AfterAll
    static void stop() {
        transformer.close();
        gateway.close();
    }

    @Test
    void everyValueArrivesExactlyAlsoInRecordsAndLists() throws Exception {
        List<String> single = columns("c%d", "NULLABLE");
        List<String> lists = columns("l%d", "REPEATED");
        Endpoint endpoint = endpoint(
                "write: append",
                "{name: id, type: INTEGER, mode: REQUIRED}",
                String.join(", ", single),
                String.join(", ", lists),
                "{name: record, type: RECORD, fields: [" + String.join(", ", single) + "]}",
                "{name: records, type: RECORD, mode: REPEATED, fields: [{name: deep, type: RECORD, mode: REPEATED,"
                        + " fields: [" + String.join(", ", single.subList(0, 4)) + ", "
                        + String.join(", ", lists.subList(10, 15)) + "]}, {name: s, type: STRING}]}");
        List<Column> schema = endpoint.shaping().schema();
        EvaluatedWarehouse warehouse = new EvaluatedWarehouse(schema);
        List<String> records = new ArrayList<>();
        Map<Object, List<Object>> expected = new HashMap<>();
        for (int id = 0; id < 40; id++) {
            List<@Nullable Object> means = new ArrayList<>(List.of(Integer.toString(id)));
            List<String> fields = new ArrayList<>(List.of("\"id\":" + id));
            for (Column column : schema.subList(1, schema.size())) {
                SampleValues.Sample sample = samples.of(column);
                if (sample.json() != null) {
                    fields.add("\"" + column.name() + "\":" + sample.json());
                }
                means.add(sample.means());
            }
            records.add("{" + String.join(",", fields) + "}");
            expected.put(means.getFirst(), means);
        }

        load(warehouse, endpoint, null, records);

        assertThat(samples.made()).isGreaterThan(2_000);
        checkRows(warehouse, schema, expected);

        BackupManifest backup = new BackupManifest(
                "b",
                "school.students",
                "BigQuery",
                BackupFormat.AVRO,
                Instant.EPOCH,
                records.size(),
                schema,
                List.of(),
                null,
                List.of());
        List<List<@Nullable String>> standing = warehouse.backUpAndRestore(new TableRestore(
                "r",
                1,
                1,
                "r",
                new Destination.Table("school.students", Write.REPLACE, List.of(), Destination.Empty.ALLOW),
                false,
                backup,
                new LocalStagingStore(folder.resolve("backups")),
                null));
        assertThat(standing).hasSize(1);
        assertThat(standing.getFirst().getFirst()).as("the last load").isNotNull();
        checkRows(warehouse, schema, expected);
    }

    private static void checkRows(
            EvaluatedWarehouse warehouse, List<Column> schema, Map<Object, List<Object>> expected) {
        assertThat(warehouse.rows()).hasSize(expected.size());
        for (List<Value> row : warehouse.rows()) {
            List<@Nullable Object> values =
                    row.stream().map(LoaderPropertyTest::tree).toList();
            List<Object> means = Objects.requireNonNull(expected.get(values.getFirst()));
            for (int i = 0; i < schema.size(); i++) {
                assertThat(values.get(i))
                        .as(schema.get(i).name() + " of " + values.getFirst())
                        .isEqualTo(means.get(i));
            }
        }
    }

    @Test
    void ofEachKeyTheLastRowStaysAndTheOthersAreCounted() throws Exception {
        for (String type : TYPES) {
            if (List.of("FLOAT", "INTERVAL", "JSON").contains(type)) {
                continue; // they can't be keys
            }
            String partition = DAYS.contains(type) ? ", partition: {column: k, by: month}" : "";
            Endpoint endpoint = endpoint(
                    "write: merge, keys: [k, n]" + partition,
                    "{name: k, type: " + type + ", mode: REQUIRED}",
                    "{name: n, type: INTEGER, mode: REQUIRED}",
                    "{name: v, type: DATETIME}");
            List<Column> schema = endpoint.shaping().schema();
            EvaluatedWarehouse warehouse = new EvaluatedWarehouse(schema);
            List<SampleValues.Sample> keys = Stream.generate(() -> samples.of(schema.getFirst()))
                    .limit(6)
                    .toList();
            Map<String, @Nullable Object> expected = new TreeMap<>();
            for (int load = 1; load <= 2; load++) {
                List<String> records = new ArrayList<>();
                Map<String, @Nullable Object> arrived = new TreeMap<>();
                for (int i = 0; i < 20; i++) {
                    SampleValues.Sample key = keys.get(random.nextInt(keys.size()));
                    int n = random.nextInt(2);
                    SampleValues.Sample value = samples.of(schema.getLast());
                    records.add("{\"k\":" + key.json() + ",\"n\":" + n
                            + (value.json() == null ? "" : ",\"v\":" + value.json()) + "}");
                    arrived.put(key.means() + " " + n, value.means());
                }
                expected.putAll(arrived);

                load(warehouse, endpoint, null, records);

                assertThat(warehouse.ledger("superseded")).as(type).isEqualTo(20 - arrived.size());
                assertThat(warehouse.ledger("table_rows")).as(type).isEqualTo(expected.size());
                Map<String, @Nullable Object> rows = new TreeMap<>();
                for (List<Value> row : warehouse.rows()) {
                    rows.put(tree(row.get(0)) + " " + tree(row.get(1)), tree(row.get(2)));
                }
                assertThat(rows).as(type).isEqualTo(expected);
                assertThat(warehouse.rows()).as(type).hasSize(expected.size());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2024-02-29T13", "2024-02-29", "2024-W09", "2024-02"})
    void aReplaceOfADayTouchesNoOtherAndTakesNoRowOfAnother(String text) throws Exception {
        RunWindow day = RunWindow.parse(text);
        for (String type : DAYS) {
            if (type.equals("DATE") && day.unit() == RunWindow.Unit.HOUR) {
                continue; // it has none
            }
            List<String> inside = times(type, day.begin(), day.last());
            List<String> outside = times(type, day.begin().minus(1, ChronoUnit.MICROS), day.end());
            Endpoint append = endpoint("write: append", "{name: at, type: " + type + "}");
            Endpoint replace = endpoint("write: replace", "{name: at, type: " + type + "}");
            EvaluatedWarehouse warehouse =
                    new EvaluatedWarehouse(append.shaping().schema());
            List<String> all =
                    Stream.of(inside, outside, inside).flatMap(List::stream).toList();
            load(
                    warehouse,
                    append,
                    null,
                    all.stream().map(LoaderPropertyTest::at).toList());
            TableLoad.Window window = new TableLoad.Window("at", day);

            load(
                    warehouse,
                    replace,
                    window,
                    inside.stream().map(LoaderPropertyTest::at).toList());

            List<@Nullable Object> left =
                    warehouse.rows().stream().map(row -> tree(row.getFirst())).toList();
            assertThat(left).as(type).hasSize(inside.size() + outside.size()).doesNotHaveDuplicates();
            for (String other : outside) {
                assertThatThrownBy(() -> load(warehouse, replace, window, List.of(at(other))))
                        .as(other)
                        .hasMessageContaining("SOURCE_INCONSISTENT");
            }
            assertThatThrownBy(() -> load(warehouse, replace, window, List.of()))
                    .as(type)
                    .hasMessageContaining("EMPTY_REPLACE");
            assertThat(warehouse.rows()).as(type).hasSize(left.size());
        }
    }

    private static List<String> times(String type, LocalDateTime... times) {
        return Stream.of(times)
                .map(time -> type.equals("DATE")
                        ? time.toLocalDate().toString()
                        : DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(time) + (type.equals("TIMESTAMP") ? "Z" : ""))
                .distinct()
                .toList();
    }

    private static String at(String text) {
        return "{\"at\":\"" + text + "\"}";
    }

    @Test
    void versionsThatAreOlderOrTiedAreLeftOutAndCounted() throws Exception {
        Endpoint endpoint = endpoint(
                "write: merge, keys: [k], order: {by: version, keep: newest},"
                        + " deletes: {by: flag, column: gone, rows: remove}",
                "{name: k, type: STRING, mode: REQUIRED}",
                "{name: version, type: INTEGER, mode: REQUIRED}",
                "{name: gone, type: BOOLEAN}",
                "{name: v, type: JSON}");
        List<Column> schema = endpoint.shaping().schema();
        EvaluatedWarehouse warehouse = new EvaluatedWarehouse(schema);
        Map<String, List<@Nullable Object>> expected = new TreeMap<>();
        for (int load = 1; load <= 4; load++) {
            List<String> records = new ArrayList<>();
            Map<String, List<@Nullable Object>> arrived = new TreeMap<>();
            Map<String, Integer> newest = new HashMap<>();
            for (int i = 0; i < 20; i++) {
                String key = "k" + random.nextInt(12);
                int version = random.nextInt(10);
                boolean gone = random.nextInt(4) == 0;
                SampleValues.Sample value = samples.of(schema.getLast());
                records.add("{\"k\":\"" + key + "\",\"version\":" + version + ",\"gone\":" + gone
                        + (value.json() == null ? "" : ",\"v\":" + value.json()) + "}");
                List<@Nullable Object> before = arrived.get(key);
                if (before == null || version >= version(before)) {
                    boolean tied = before != null && version == version(before);
                    newest.merge(key, 1, (some, one) -> tied ? some + one : one);
                    List<@Nullable Object> row = new ArrayList<>();
                    row.add(Integer.toString(version));
                    row.add(Boolean.toString(gone));
                    row.add(value.means());
                    arrived.put(key, row);
                }
            }
            long tied = newest.values().stream().filter(rows -> rows > 1).count();
            long outdated = 0;
            long deleted = 0;
            for (Map.Entry<String, List<@Nullable Object>> one : arrived.entrySet()) {
                List<@Nullable Object> old = expected.get(one.getKey());
                tied += old != null && version(old) == version(one.getValue()) ? 1 : 0;
                if (old != null && version(old) > version(one.getValue())) {
                    outdated++;
                } else if ("true".equals(one.getValue().get(1))) {
                    deleted += expected.remove(one.getKey()) == null ? 0 : 1;
                } else {
                    expected.put(one.getKey(), one.getValue());
                }
            }

            load(warehouse, endpoint, null, records);

            assertThat(warehouse.ledger("superseded")).isEqualTo(20 - arrived.size());
            assertThat(warehouse.ledger("outdated")).isEqualTo(outdated);
            assertThat(warehouse.ledger("tied")).isEqualTo(tied);
            assertThat(warehouse.ledger("deleted")).isEqualTo(deleted);
            Map<Object, List<@Nullable Object>> rows = new TreeMap<>();
            for (List<Value> row : warehouse.rows()) {
                rows.put(
                        String.valueOf(tree(row.getFirst())),
                        row.stream().skip(1).map(LoaderPropertyTest::tree).toList());
            }
            assertThat(rows).isEqualTo(expected);
        }
    }

    private static int version(List<@Nullable Object> row) {
        return Integer.parseInt(String.valueOf(row.getFirst()));
    }

    // the way of records into the table

    /** A column of each type. */
    private static List<String> columns(String name, String mode) {
        List<String> columns = new ArrayList<>();
        for (String type : TYPES) {
            columns.add("{name: " + name.formatted(columns.size()) + ", mode: " + mode + ", type: " + type + "}");
        }
        return columns;
    }

    private static Endpoint endpoint(String destination, String... columns) {
        String file = """
                version: 1
                name: school
                source: {type: files, folder: data}
                endpoints:
                  students:
                    files: {pattern: "*", format: {type: ndjson}}
                    destination: {table: school.students, %s}
                    schema: [%s]
                """.formatted(destination, String.join(", ", columns));
        return switch (PipelineReader.read("school.yaml", file)) {
            case PipelineReader.Result.Valid(var pipeline, var _) ->
                pipeline.endpoints().values().iterator().next();
            case PipelineReader.Result.Invalid(var errors) -> throw new AssertionError(errors);
        };
    }

    private static void load(
            EvaluatedWarehouse warehouse, Endpoint endpoint, TableLoad.@Nullable Window window, List<String> records)
            throws Exception {
        String run = "run-" + ++runs;
        Manifest manifest = transform(run, endpoint, records);
        assertThat(manifest.counts().rejected()).as("rejects").isZero();
        TableLoad load = new TableLoad(
                run,
                1,
                1,
                run,
                (Destination.Table) endpoint.destination(),
                endpoint.shaping().schema(),
                manifest.parts(),
                window,
                null,
                null);
        warehouse.load(
                load,
                manifest.parts().stream()
                        .map(part -> transformer.staging().fetch(part, folder))
                        .toList());
    }

    private static Manifest transform(String run, Endpoint endpoint, List<String> records) throws Exception {
        ObjectMapper json = transformer.context().getBean(ObjectMapper.class);
        String staged = Task.folder(run, "students", Step.EXTRACT, 1);
        Part part;
        try (Upload upload = transformer.staging().upload(staged + "/part-00000.ndjson.zst")) {
            try (OutputStream out = Ndjson.compress(Manifest.Format.NDJSON_ZSTD, upload.stream())) {
                out.write(records.stream()
                        .map(record -> record + "\n")
                        .collect(joining())
                        .getBytes(StandardCharsets.UTF_8));
            }
            part = upload.commit(records.size());
        }
        Manifest extracted = new Manifest(
                run + "-extract",
                1,
                Manifest.Format.NDJSON_ZSTD,
                List.of(part),
                List.of(),
                new Counts(records.size(), records.size(), 0, 0),
                null,
                List.of(),
                null,
                null,
                null,
                false);
        transformer.staging().createIfAbsent(staged + "/" + Manifest.NAME, json.writeValueAsBytes(extracted));
        Task task = gateway.task(
                run,
                new Work.Transform(
                        staged + "/" + Manifest.NAME,
                        Instant.parse("2026-01-31T06:00:00Z"),
                        endpoint.shaping(),
                        BigQueryKind.capabilities(null)));
        Outcome outcome = transformer.run(gateway, task);
        if (!(outcome instanceof Outcome.Staged done)) {
            throw new AssertionError(outcome);
        }
        try (InputStream in = transformer.staging().open(done.manifest())) {
            return json.readValue(in, Argument.of(Manifest.class));
        }
    }

    // what a value is

    /** Lists for arrays and records, texts for all else. */
    static @Nullable Object tree(Value value) {
        if (value.isNull()) {
            return null;
        }
        return switch (value.getType().getKind()) {
            case TYPE_ARRAY ->
                value.getElementList().stream().map(LoaderPropertyTest::tree).toList();
            case TYPE_STRUCT ->
                value.getFieldList().stream().map(LoaderPropertyTest::tree).toList();
            case TYPE_JSON -> canonical(value.getJsonValue());
            default -> GoogleEvaluator.text(value);
        };
    }

    /** JSON with its names in order and each number written in one way. */
    static String canonical(String json) {
        try {
            return canonical(JSON.readTree(json));
        } catch (JsonProcessingException e) {
            throw new AssertionError(json, e);
        }
    }

    private static String canonical(JsonNode node) {
        if (node.isObject()) {
            Map<String, String> members = new TreeMap<>();
            node.properties().forEach(member -> members.put(member.getKey(), canonical(member.getValue())));
            return members.toString();
        }
        if (node.isArray()) {
            return node.valueStream()
                    .map(LoaderPropertyTest::canonical)
                    .toList()
                    .toString();
        }
        return node.isNumber() ? node.decimalValue().stripTrailingZeros().toPlainString() : node.toString();
    }
}
