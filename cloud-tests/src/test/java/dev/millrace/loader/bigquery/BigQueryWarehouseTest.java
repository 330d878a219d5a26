package dev.millrace.loader.bigquery;

import static dev.millrace.loader.StagedRows.column;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.cloud.NoCredentials;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.Clustering;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.PolicyTags;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableInfo;
import dev.millrace.emulator.GcpEmulator;
import dev.millrace.loader.AllRows;
import dev.millrace.loader.BackupContract;
import dev.millrace.loader.QueryExport;
import dev.millrace.loader.StagedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.loader.Warehouse;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.service.Services;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Abort;
import dev.millrace.task.Cursors;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Query;
import dev.millrace.task.Rollback;
import dev.millrace.task.Step;
import dev.millrace.task.TableRows;
import dev.millrace.testing.KeyFile;
import dev.millrace.testing.ServiceUnderTest;
import dev.millrace.worker.TaskContext;
import io.micronaut.context.ApplicationContext;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract with staging in Cloud Storage: over HTTP, with Google's client libraries, on an emulator. Each test has a
 * project and a bucket of its own.
 */
class BigQueryWarehouseTest extends BackupContract {
    private static final AtomicInteger TESTS = new AtomicInteger();

    @TempDir
    private static Path google;

    private static @Nullable GcpEmulator emulator;

    private final String project = "test-project-" + TESTS.incrementAndGet();
    private final String bucket = "staging-of-" + project;
    private @Nullable ApplicationContext context;

    @BeforeAll
    static void startGoogle() throws IOException {
        emulator = GcpEmulator.start(google);
    }

    @AfterAll
    static void stopGoogle() {
        requireNonNull(emulator).close();
    }

    @Test
    void allRowsAreWrittenAsParquetWithTheirTypes() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a, 2 b, 3 c")));
        TableRows.Wanted wanted = new TableRows.Wanted(
                TABLE,
                List.of("name", "id"),
                List.of(new TableRows.Filter("id", TableRows.Operator.GE, List.of("2"))),
                List.of(new TableRows.Order("id", true)),
                1,
                null);

        AllRows rows = warehouse().all(wanted, ExportFormat.PARQUET);
        Path file = folder.resolve("rows.parquet");
        try (InputStream bytes = rows.bytes()) {
            Files.copy(bytes, file);
        }

        assertThat(rows.version()).isEqualTo(warehouse().versionOf(TABLE));
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(
                        "SELECT list((name, id) ORDER BY id)::VARCHAR, any_value(typeof(id)) FROM read_parquet('" + file
                                + "')")) {
            found.next();
            assertThat(found.getString(1)).isEqualTo("[(b, 2), (c, 3)]");
            assertThat(found.getString(2)).isEqualTo("BIGINT");
        }
        assertThat(staged.store().list("rows/")).hasSize(1);
    }

    @Override
    protected String element() {
        return "[OFFSET(0)]";
    }

    @Override
    protected StagedRows staging() throws IOException {
        emulator().buckets().create(bucket);
        context = service(Map.of("millrace.gcp.authentication", "none"));
        return new StagedRows(folder.resolve("parts"), context.getBean(StagingStore.class));
    }

    private ApplicationContext service(Map<String, Object> more) {
        String google = emulator().http().toString();
        Map<String, Object> properties = new HashMap<>(more);
        properties.put("millrace.service.key", ServiceUnderTest.KEY);
        properties.put("millrace.staging.type", "gcs");
        properties.put("millrace.staging.bucket", bucket);
        properties.put("millrace.warehouse.type", "bigquery");
        properties.put("millrace.gcp.project", project);
        properties.put("millrace.gcp.storage-host", google);
        properties.put("millrace.gcp.bigquery-host", google);
        // without a server, which would be started with the service
        return Services.builder(Step.LOAD.service())
                .properties(properties)
                .build()
                .start();
    }

    @AfterEach
    void close() {
        requireNonNull(context).close();
    }

    @Test
    void theRowsBeforeALoadComeBackInTheOrderOfTheLoads() throws Exception {
        List<Destination.Table> destinations =
                List.of(destination(Write.APPEND), destination(Write.REPLACE), destination(Write.MERGE, "id"));
        load(tableLoad("0", destination(Write.APPEND), rows("1 a, 1 b")));
        for (Destination.Table destination : destinations) {
            String before = query(ALL + " ORDER BY id, name");
            load(tableLoad("one-" + destination.write(), destination, rows("1 A, 3 c")));
            String between = query(ALL + " ORDER BY id, name");
            load(tableLoad("two-" + destination.write(), destination, rows("1 z, 4 d")));

            assertThat(refused("one-" + destination.write()))
                    .contains("run run-of-two-" + destination.write() + " has changed the table since");
            rollBack("two-" + destination.write());
            assertThat(query(ALL + " ORDER BY id, name")).as("two", destination).isEqualTo(between);
            assertThat(rollBack("one-" + destination.write())).isEqualTo(rollBack("one-" + destination.write()));
            assertThat(query(ALL + " ORDER BY id, name")).as("one", destination).isEqualTo(before);
        }
    }

    @Test
    void theCursorGoesBackWithTheRows() throws Exception {
        load(moving("1", null, "a"));
        load(moving("2", "a", "b"));
        rollBack("2");

        assertThat(warehouse()
                        .cursors(new Cursors.Wanted("school", null))
                        .of("students")
                        .value())
                .isEqualTo("a");
        failure(ErrorCode.CURSOR_MOVED, () -> load(moving("3", "b", "c")));
        assertThat(load(moving("4", "a", "b"))).isEqualTo(new LoadResult(1, 0, 2));
    }

    private TableLoad moving(String load, @Nullable String start, String next) {
        TableLoad plain = tableLoad(load, destination(Write.APPEND), rows("1 a"));
        return new TableLoad(
                load,
                1,
                1,
                plain.run(),
                plain.destination(),
                plain.schema(),
                plain.parts(),
                null,
                new TableLoad.CursorMove("school", "students", "id", false, start, next),
                null);
    }

    private Rollback.Done rollBack(String load) throws InterruptedException {
        return warehouse().rollBack(new Rollback(load, TABLE, null));
    }

    private String refused(String load) {
        return failure(ErrorCode.ROLLBACK_REFUSED, () -> rollBack(load)).detail();
    }

    @Test
    void aRollbackIsRefusedWhereOthersHaveChangedTheTableOrNothingIsKept() throws Exception {
        load(tableLoad("1", destination(Write.APPEND), rows("1 a")));
        bigquery().query(QueryJobConfiguration.of("INSERT INTO school.students (id, name) VALUES (2, 'b')"));

        assertThat(refused("1")).contains("hasn't got the 1 rows any more", "somebody else has changed it");
        assertThat(refused("none")).contains("the ledger doesn't have it");
    }

    /** What has slipped through the transformer; the text is what the emulator refuses. */
    @Test
    void aCommitNamesTheColumnOfAGeographyThatBigQueryDoesNotRead() throws Exception {
        Column at = column("at", Column.Type.GEOGRAPHY);
        List<Column> schema = List.of(at, StagedRows.repeated(StagedRows.record("stops", StagedRows.repeated(at))));
        String select = "SELECT %s::VARCHAR AS at, [{'at': [%s]}] AS stops";
        for (Map.Entry<String, String> bad : Map.of(
                        "in at that", select.formatted("'POINT(1'", "'POINT(1 2)'"),
                        "in stops.at that", select.formatted("NULL", "'POINT(1 2)', 'POINT(1'"))
                .entrySet()) {
            Part part = staged.part(bad.getValue());

            assertThat(failure(
                                    ErrorCode.STAGING_CORRUPT,
                                    () -> load(tableLoad(
                                            "of-" + part.path().hashCode(),
                                            1,
                                            destination(Write.APPEND),
                                            schema,
                                            null,
                                            part)))
                            .detail())
                    .contains("a row staged for school.students has a value " + bad.getKey()
                            + " BigQuery doesn't read as a GEOGRAPHY");
        }
        load(tableLoad(
                "good",
                1,
                destination(Write.APPEND),
                schema,
                null,
                staged.part(select.formatted("NULL", "'POINT(1 2)'"))));

        assertThat(query("SELECT COUNT(*) FROM school.students WHERE `at` IS NULL"))
                .isEqualTo("1");
    }

    private static GcpEmulator emulator() {
        return requireNonNull(emulator);
    }

    @Override
    protected Warehouse warehouse() {
        return requireNonNull(context).getBean(BigQueryWarehouse.class);
    }

    /** Cloud Storage holds bytes to their checksums; what could still happen is another object of the same name. */
    @Override
    protected void spoil(Part part) throws IOException {
        byte[] bytes = Files.readAllBytes(object(part));
        emulator().buckets().overwrite(bucket, part.path(), Arrays.copyOf(bytes, bytes.length / 2));
    }

    @Override
    protected void delete(Part part) {
        staged.store().deleteAll(part.path());
    }

    private Path object(Part part) {
        return emulator().buckets().find(bucket, part.path()).orElseThrow().data();
    }

    /** BigQuery names the object in some errors only. */
    @Override
    protected String culprit(Part part) {
        return TABLE;
    }

    @Override
    protected int rounds() {
        return 12;
    }

    @Override
    protected void drop() {
        bigquery().delete(TableId.of(project, "school", "students"));
    }

    @Override
    protected int backups() {
        return 1;
    }

    private Part exportToCloud(String name, ExportFormat format, String sql) throws InterruptedException {
        return warehouse()
                .export(
                        new QueryExport(
                                "run-of-" + name, "out/" + name, sql, format, staged.store(), "out/" + name, null),
                        new TaskContext(Clock.systemUTC()));
    }

    @Test
    void anExportInParquetOrAvroIsOneFileWithItsTypesAndLeavesNoTable() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a, 2 b")));
        String plain = "SELECT id, name, [STRUCT(id AS a)] AS r FROM school.students; -- all";
        String texts = plain.replace("SELECT id", "SELECT id, TIME '10:00:00' AS t, JSON '{\"k\": 1}' AS j");
        Part parquet = exportToCloud("plain.parquet", ExportFormat.PARQUET, plain);
        assertThat(parquet.rows()).isEqualTo(2);
        assertThat(parquet.crc32c())
                .isEqualTo(staged.store().describe("out/plain.parquet").crc32c());
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT list(id || ' ' || name || ' ' || r[1].a ORDER BY id)::VARCHAR FROM read_parquet('"
                                + object(parquet) + "')")) {
            row.next();
            assertThat(row.getString(1)).isEqualTo("[1 a 1, 2 b 2]");
        }
        Part avro = exportToCloud("texts.avro", ExportFormat.AVRO, texts);
        try (DataFileStream<GenericRecord> file =
                new DataFileStream<>(Files.newInputStream(object(avro)), new GenericDatumReader<>())) {
            GenericRecord first = file.next();
            assertThat(String.valueOf(first.get("t"))).isEqualTo("10:00:00");
            assertThat(String.valueOf(first.get("j"))).isEqualTo("{\"k\":1}");
            assertThat(avro.rows()).isEqualTo(2);
        }
        assertThat(exportToCloud("none.parquet", ExportFormat.PARQUET, plain.replace(";", " WHERE id > 5;"))
                        .rows())
                .isZero();

        emulator().jobFaults().fail("millrace_export_.*_extract$", "backendError", "away");
        failure(ErrorCode.WAREHOUSE_FAILED, () -> exportToCloud("x.parquet", ExportFormat.PARQUET, plain));
        failure(ErrorCode.QUERY_FAILED, () -> exportToCloud("x.avro", ExportFormat.AVRO, "SELECT 1 AS `a b`"));
        assertThat(failure(ErrorCode.BUCKET_REFUSED, () -> export("x.avro", ExportFormat.AVRO, plain))
                        .detail())
                .contains("BigQuery writes AVRO to Cloud Storage", "out/x.avro is in a folder");
        assertThat(bigquery().listDatasets().streamAll())
                .allSatisfy(dataset -> assertThat(
                                bigquery().listTables(dataset.getDatasetId()).streamAll())
                        .noneMatch(table -> table.getTableId().getTable().contains("export")));
    }

    private BigQuery bigquery() {
        return BigQueryOptions.newBuilder()
                .setProjectId(project)
                .setHost(emulator().http().toString())
                .setCredentials(NoCredentials.getInstance())
                .build()
                .getService();
    }

    /** The ledger as version 0.1 made it, with a load that it has committed. */
    private TableId earlierLedger(String load) throws InterruptedException {
        TableId id = TableId.of(project, "millrace", "ledger");
        BigQuery bigquery = bigquery();
        assertThat(bigquery.delete(id)).isTrue();
        bigquery.create(TableInfo.of(
                id,
                StandardTableDefinition.newBuilder()
                        .setSchema(Schema.of(
                                Field.of("load", StandardSQLTypeName.STRING),
                                Field.of("state", StandardSQLTypeName.STRING),
                                Field.of("generation", StandardSQLTypeName.INT64),
                                Field.of("run", StandardSQLTypeName.STRING),
                                Field.of("table_name", StandardSQLTypeName.STRING),
                                Field.of("rows", StandardSQLTypeName.INT64),
                                Field.of("superseded", StandardSQLTypeName.INT64),
                                Field.of("table_rows", StandardSQLTypeName.INT64),
                                Field.of("cursor", StandardSQLTypeName.STRING),
                                Field.of("decided_at", StandardSQLTypeName.TIMESTAMP)))
                        .setClustering(Clustering.newBuilder()
                                .setFields(List.of("load"))
                                .build())
                        .build()));
        bigquery.query(QueryJobConfiguration.of("INSERT INTO `" + project
                + ".millrace.ledger` (load, state, generation, run, table_name, `rows`, superseded, table_rows, `cursor`,"
                + " decided_at) SELECT '" + load + "', 'COMMITTED', 1, '" + load
                + "', 'school.students', 7, 2, 5, CAST(NULL AS STRING), CURRENT_TIMESTAMP()"));
        return id;
    }

    private List<String> columns(TableId id) {
        return requireNonNull(
                        requireNonNull(bigquery().getTable(id)).getDefinition().getSchema())
                .getFields()
                .stream()
                .map(Field::getName)
                .toList();
    }

    @Test
    void aLedgerOfAnEarlierVersionSaysWhatHasBeenCommittedBeforeItHasItsNewColumns() throws Exception {
        load(tableLoad("1", destination(Write.APPEND), rows("1 a")));
        TableId ledger = earlierLedger("1");
        List<String> before = columns(ledger);

        try (ApplicationContext restarted = service(Map.of("millrace.gcp.authentication", "none"))) {
            assertThat(restarted.getBean(Warehouse.class).abort(new Abort("1", 1)))
                    .isEqualTo(new Abort.AlreadyCommitted(new LoadResult(7, 2, 5)));
            assertThat(columns(ledger)).as("an abort changes nothing").isEqualTo(before);
        }
    }

    @Test
    void aLedgerOfAnEarlierVersionGetsTheColumnsThatItLacksWithTheNextLoad() throws Exception {
        load(tableLoad("1", destination(Write.APPEND), rows("1 a")));
        TableId ledger = earlierLedger("1");
        List<String> before = columns(ledger);

        try (ApplicationContext restarted = service(Map.of("millrace.gcp.authentication", "none"))) {
            Warehouse warehouse = restarted.getBean(Warehouse.class);
            assertThat(warehouse.load(
                            tableLoad("1", destination(Write.APPEND), rows("1 a")), new TaskContext(Clock.systemUTC())))
                    .as("committed by the earlier version")
                    .isEqualTo(new LoadResult(7, 2, 5));
            assertThat(warehouse.load(
                            tableLoad("2", destination(Write.APPEND), rows("2 b")), new TaskContext(Clock.systemUTC())))
                    .isEqualTo(new LoadResult(1, 0, 2));
            assertThat(columns(ledger))
                    .startsWith(before.toArray(String[]::new))
                    .contains("outdated", "tied", "deleted", "pipeline", "endpoint", "cursor_by", "cursor_number");
            assertThat(query("SELECT load, outdated, tied, deleted FROM millrace.ledger ORDER BY load"))
                    .isEqualTo("1 null null null, 2 0 0 0");
        }
        // once more, by a process that finds nothing to add
        try (ApplicationContext again = service(Map.of("millrace.gcp.authentication", "none"))) {
            assertThat(again.getBean(Warehouse.class)
                            .load(
                                    tableLoad("3", destination(Write.APPEND), rows("3 c")),
                                    new TaskContext(Clock.systemUTC())))
                    .isEqualTo(new LoadResult(1, 0, 3));
        }
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 2 b, 3 c");
    }

    @Test
    void theProjectOfJobsMayBeInTheName() throws Exception {
        load(tableLoad("1", destination(Write.APPEND), rows("1 a")));
        load(tableLoad(
                "2",
                new Destination.Table(project + "." + TABLE, Write.APPEND, List.of(), Destination.Empty.FAIL),
                rows("2 b")));
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 2 b");
    }

    @Test
    void whatElseIsSaidOfATableOutlivesAReplaceAndNewColumns() throws Exception {
        Destination.Table destination = new Destination.Table(
                TABLE,
                Write.REPLACE,
                List.of(),
                Destination.Empty.FAIL,
                Destination.Contract.EVOLVE,
                new Destination.Partition("day", Destination.Partition.By.MONTH, 400),
                List.of("name"));
        List<Column> schema = List.of(column("name", Column.Type.STRING), column("day", Column.Type.DATE));
        load(tableLoad("1", 1, destination, schema, null, staged.part("SELECT 'a' AS name, DATE '2026-01-31' AS day")));
        BigQuery bigquery = bigquery();
        TableId id = TableId.of(project, "school", "students");
        StandardTableDefinition made = requireNonNull(bigquery.getTable(id)).getDefinition();
        List<Field> fields = requireNonNull(made.getSchema()).getFields().stream()
                .map(field -> field.toBuilder()
                        .setDescription("what " + field.getName() + " means")
                        .setPolicyTags(PolicyTags.newBuilder()
                                .setNames(List.of("projects/p/locations/us/taxonomies/1/policyTags/2"))
                                .build())
                        .build())
                .toList();
        bigquery.update(TableInfo.newBuilder(
                        id, made.toBuilder().setSchema(Schema.of(fields)).build())
                .setDescription("everybody")
                .setLabels(Map.of("team", "school"))
                .build());

        List<Column> wider = List.of(schema.get(0), schema.get(1), column("n", Column.Type.INTEGER));
        load(tableLoad(
                "2",
                1,
                destination,
                wider,
                null,
                staged.part("SELECT 'b' AS name, DATE '2026-02-01' AS day, 1::BIGINT AS n")));

        assertThat(query("SELECT name, n FROM school.students")).isEqualTo("b 1");
        com.google.cloud.bigquery.Table after = requireNonNull(bigquery.getTable(id));
        assertThat(after.getDescription()).isEqualTo("everybody");
        assertThat(after.getLabels()).containsExactly(Map.entry("team", "school"));
        StandardTableDefinition definition = after.getDefinition();
        assertThat(requireNonNull(definition.getSchema()).getFields().subList(0, 2))
                .isEqualTo(fields);
        assertThat(definition.getTimePartitioning()).isEqualTo(made.getTimePartitioning());
        assertThat(requireNonNull(definition.getTimePartitioning()).getField()).isEqualTo("day");
        assertThat(requireNonNull(definition.getClustering()).getFields()).containsExactly("name");
    }

    @Test
    void aLoadAndItsAbortHaveTheCredentialsThatThePipelineNames() throws Exception {
        String account = "team@test-project.iam.gserviceaccount.com";
        Path key =
                KeyFile.write(folder.resolve("team.json"), account, emulator().http());
        Map<String, Object> properties = Map.of(
                "millrace.gcp.authentication", "google",
                "millrace.gcp.credentials.team.key-file", key.toString(),
                "millrace.staging.credentials", "team");
        try (ApplicationContext service = service(properties)) {
            Warehouse warehouse = service.getBean(Warehouse.class);
            Part part = rows("1 a");
            emulator().calls().clear();
            assertThat(warehouse.load(of("team", part), new TaskContext(Clock.systemUTC())))
                    .isEqualTo(new LoadResult(1, 0, 1));
            assertThat(warehouse.abort(new Abort("1", 1, "team", null)))
                    .isEqualTo(new Abort.AlreadyCommitted(new LoadResult(1, 0, 1)));
            assertThat(emulator().calls().all())
                    .filteredOn(call -> call.path().startsWith("/bigquery/"))
                    .isNotEmpty()
                    .allMatch(call -> call.caller().equals(account));

            failure(
                    ErrorCode.CREDENTIALS_UNKNOWN,
                    () -> warehouse.load(of("nobody", part), new TaskContext(Clock.systemUTC())));
        }
    }

    @Test
    void anAbortNeedsTheCredentialsOnlyWhenACommitMayHaveBegun() throws Exception {
        String account = "team@test-project.iam.gserviceaccount.com";
        URI google = emulator().http();
        Path staging = KeyFile.write(folder.resolve("staging.json"), account, google);
        Path key = folder.resolve("team.json");
        Map<String, Object> properties = Map.of(
                "millrace.gcp.authentication",
                "google",
                "millrace.gcp.credentials.staging.key-file",
                staging.toString(),
                "millrace.gcp.credentials.team.key-file",
                key.toString(),
                "millrace.staging.credentials",
                "staging");
        try (ApplicationContext service = service(properties)) {
            Warehouse warehouse = service.getBean(Warehouse.class);
            Part part = rows("1 a");
            emulator().calls().clear();
            failure(ErrorCode.CREDENTIALS_UNUSABLE, () -> load(warehouse, 1, part));
            assertThat(warehouse.abort(new Abort("1", 1, "team", null))).isEqualTo(new Abort.Closed());
            assertThat(warehouse.abort(new Abort("1", 1, "team", null))).isEqualTo(new Abort.Closed());
            assertThat(emulator().calls().all()).noneMatch(call -> call.path().startsWith("/bigquery/"));

            KeyFile.write(key, account, google);
            failure(ErrorCode.LOAD_ABORTED, () -> load(warehouse, 1, part));
            emulator().jobFaults().fail("millrace_1_2_1$", "quotaExceeded", "Quota exceeded");
            failure(ErrorCode.QUOTA_EXCEEDED, () -> load(warehouse, 2, part));
            Files.delete(key);
            failure(ErrorCode.CREDENTIALS_UNUSABLE, () -> warehouse.abort(new Abort("1", 2, "team", null)));

            KeyFile.write(key, account, google);
            assertThat(warehouse.abort(new Abort("1", 2, "team", null))).isEqualTo(new Abort.Closed());
            Files.delete(key);
            assertThat(warehouse.abort(new Abort("1", 3, "team", null))).isEqualTo(new Abort.Closed());

            KeyFile.write(key, account, google);
            assertThat(load(warehouse, 4, part)).isEqualTo(new LoadResult(1, 0, 1));
            assertThat(warehouse.abort(new Abort("1", 5, "team", null)))
                    .isEqualTo(new Abort.AlreadyCommitted(new LoadResult(1, 0, 1)));
        }
    }

    private static LoadResult load(Warehouse warehouse, int generation, Part part) throws InterruptedException {
        return warehouse.load(of("team", generation, part), new TaskContext(Clock.systemUTC()));
    }

    private static TableLoad of(String credentials, Part part) {
        return of(credentials, 1, part);
    }

    private static TableLoad of(String credentials, int generation, Part part) {
        return new TableLoad(
                "1", generation, 1, "run-1", destination(Write.APPEND), ROWS, List.of(part), null, null, credentials);
    }

    @Test
    void aRunOfTenPartsIsOneLoadJobOneCommitAndOneQuery() throws Exception {
        load(tableLoad("0", destination(Write.APPEND), rows("0 x")));
        Part[] parts = IntStream.range(0, 10).mapToObj(i -> rows(i + " a")).toArray(Part[]::new);
        emulator().calls().clear();
        assertThat(load(tableLoad("1", destination(Write.APPEND), parts))).isEqualTo(new LoadResult(10, 0, 11));
        assertThat(emulator().calls().count("POST", "/projects/" + project + "/jobs"))
                .isEqualTo(3);
        assertThat(emulator().calls().count("POST", "/tables")).isEqualTo(1);
    }

    @Test
    void aCommitThatLosesToAnotherTransactionIsTriedAgainAndOneThatCannotSucceedIsNot() throws Exception {
        emulator()
                .jobFaults()
                .fail("millrace_1_1_1$", "invalidQuery", "Transaction is aborted due to concurrent update");
        assertThat(load(tableLoad("1", destination(Write.APPEND), rows("1 a")))).isEqualTo(new LoadResult(1, 0, 1));
        emulator().jobFaults().fail("millrace_2_1_1$", "quotaExceeded", "Quota exceeded: Your table exceeded quota");
        failure(ErrorCode.QUOTA_EXCEEDED, () -> load(tableLoad("2", destination(Write.APPEND), rows("2 b"))));
        assertThat(load(tableLoad("2", destination(Write.APPEND), rows("2 b")))).isEqualTo(new LoadResult(1, 0, 2));
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 2 b");
    }

    @Test
    void anAnswerThatIsTooLargeIsRefused() {
        Query query = new Query(
                "SELECT REPEAT('x', 1000000) AS x, [STRUCT(1 AS n)] AS y FROM UNNEST(GENERATE_ARRAY(1, 40))", 100);
        assertThatThrownBy(() -> warehouse().query(query))
                .hasMessageContaining("the answer is larger than 32 MB (expected: fewer rows or columns;");
    }

    @Test
    void timestampsKeepTheirMicrosecondsBeyondAPage() throws Exception {
        List<Column> schema = List.of(column("moment", Column.Type.TIMESTAMP));
        load(tableLoad(
                "1",
                1,
                destination(Write.REPLACE),
                schema,
                null,
                staged.part("SELECT TIMESTAMPTZ '9999-12-31 23:00:00.000001+00' + INTERVAL (i) MICROSECOND AS moment"
                        + " FROM range(10005) AS t(i)")));
        Query.Result result =
                warehouse().query(new Query("SELECT moment FROM school.students ORDER BY moment", 10_003));
        assertThat(result.truncated()).isTrue();
        assertThat(result.rows()).hasSize(10_003);
        assertThat(result.rows().getLast()).containsExactly("9999-12-31T23:00:00.010003Z");
    }
}
