package dev.millrace.loader.duckdb;

import static dev.millrace.loader.StagedRows.column;
import static dev.millrace.loader.StagedRows.repeated;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.loader.BackupContract;
import dev.millrace.loader.StagedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.loader.Warehouse;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Part;
import dev.millrace.task.TableRows;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DuckDbWarehouseTest extends BackupContract {
    private @Nullable DuckDbWarehouse warehouse;

    @BeforeEach
    void open() throws InterruptedException {
        warehouse = new DuckDbWarehouse(
                config(folder.resolve("school.duckdb"), Duration.ofSeconds(60)),
                staged.store(),
                ObjectMapper.getDefault());
    }

    static DuckDbConfig config(Path file, Duration queryTimeout) {
        return new DuckDbConfig(file, "500MB", 2, Duration.ofMillis(300), queryTimeout, 1 << 20, 2);
    }

    @AfterEach
    void close() {
        if (warehouse != null) {
            warehouse.close();
        }
    }

    @Test
    void aSchemaThatDuckDbHasOfItsOwnIsNoDestination() {
        Destination.Table own = new Destination.Table("temp.rows", Write.REPLACE, List.of(), Destination.Empty.ALLOW);
        failure(ErrorCode.WAREHOUSE_FAILED, () -> load(tableLoad("1", own, rows("1 a"))));
    }

    @Test
    void allRowsAreWrittenAsParquetWithTheirTypes() throws Exception {
        List<Column> schema = List.of(
                column("id", Column.Type.INTEGER),
                column("price", Column.Type.NUMERIC),
                repeated(column("tags", Column.Type.STRING)));
        load(
                tableLoad(
                        "1",
                        1,
                        destination(Write.REPLACE),
                        schema,
                        null,
                        staged.part(
                                "SELECT i AS id, CAST(i / 4 AS DECIMAL(38,9)) AS price, ['a', 'b'] AS tags FROM range(5) r(i)")));
        Path file = folder.resolve("rows.parquet");
        TableRows.Wanted wanted =
                new TableRows.Wanted(TABLE, List.of(), List.of(), List.of(new TableRows.Order("id", true)), 1, null);
        try (InputStream bytes = warehouse().all(wanted, ExportFormat.PARQUET).bytes()) {
            Files.copy(bytes, file);
        }

        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT id, typeof(id), price, typeof(price), tags[2] FROM '" + file + "'")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getLong(1)).isEqualTo(4);
            assertThat(rows.getString(2)).isEqualTo("BIGINT");
            assertThat(rows.getString(3)).isEqualTo("1.000000000");
            assertThat(rows.getString(4)).isEqualTo("DECIMAL(38,9)");
            assertThat(rows.getString(5)).isEqualTo("b");
        }
    }

    @Test
    void aPageOfLargeValuesIsShortAndTheNextOneGoesOnBehindIt() throws Exception {
        load(tableLoad(
                "1",
                1,
                destination(Write.REPLACE),
                List.of(column("id", Column.Type.INTEGER), column("name", Column.Type.STRING)),
                null,
                staged.part(
                        "SELECT i AS id, repeat(chr(CAST(97 + i AS INTEGER)), 1000000) AS name FROM range(7) r(i)")));

        for (String sorted : List.of("id", "name")) {
            List<Integer> sizes = new ArrayList<>();
            List<String> ids = new ArrayList<>();
            String after = null;
            do {
                TableRows page = warehouse()
                        .rows(new TableRows.Wanted(
                                TABLE, List.of(), List.of(), List.of(new TableRows.Order(sorted, true)), 100, after));
                sizes.add(page.rows().size());
                page.rows().forEach(row -> {
                    ids.add(row.get(0));
                    assertThat(row.get(1)).hasSize(1_000_000);
                });
                after = page.next();
            } while (after != null);
            assertThat(ids).containsExactly("6", "5", "4", "3", "2", "1", "0");
            assertThat(sizes).hasSizeGreaterThan(2);
        }
    }

    @Test
    void whoStopsReadingLeavesNothingBehind() throws Exception {
        load(tableLoad(
                "1",
                1,
                destination(Write.REPLACE),
                List.of(column("id", Column.Type.INTEGER)),
                null,
                staged.part("SELECT i AS id FROM range(200000) r(i)")));
        TableRows.Wanted wanted = new TableRows.Wanted(TABLE, List.of(), List.of(), List.of(), 1, null);

        InputStream bytes = warehouse().all(wanted, ExportFormat.NDJSON).bytes();
        assertThat(bytes.read()).isEqualTo('{');
        bytes.close();

        try (Stream<Path> left = Files.list(folder.resolve("school.duckdb.scratch"))) {
            assertThat(left.filter(file -> file.toString().endsWith(".rows"))).isEmpty();
        }
    }

    @Override
    protected String element() {
        return "[1]";
    }

    @Override
    protected Warehouse warehouse() {
        if (warehouse == null) {
            throw new IllegalStateException("not open");
        }
        return warehouse;
    }

    @Override
    protected void drop() throws Exception {
        close();
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("ATTACH '" + folder.resolve("school.duckdb") + "' AS school_file");
            statement.execute("CREATE SCHEMA IF NOT EXISTS school_file.school");
            statement.execute("DROP TABLE IF EXISTS school_file.school.students");
        }
        open();
    }

    @Override
    protected StagedRows staging() {
        return new StagedRows(folder.resolve("staging"));
    }

    @Override
    protected void spoil(Part part) throws IOException {
        byte[] bytes = Files.readAllBytes(staged.file(part));
        bytes[bytes.length / 2] ^= 1;
        Files.write(staged.file(part), bytes);
    }

    @Override
    protected void delete(Part part) throws IOException {
        Files.delete(staged.file(part));
    }

    @Override
    protected String culprit(Part part) {
        return part.path();
    }

    @Override
    protected int rounds() {
        return 60;
    }

    /** A value of each kind, nested and not, and NULL of all. */
    private static final String EACH = """
            SELECT 9007199254740993 AS i, CAST(1.50 AS DECIMAL(38, 9)) AS n, sum(1) AS s, CAST('NaN' AS DOUBLE) AS f,
              CAST(0.1 AS FLOAT) AS g, true AS b, DATE '2026-01-31' AS d, TIME '10:00:00.5' AS t,
              TIMESTAMP '2026-01-31 10:00:00' AS dt, TIMESTAMPTZ '2026-01-31 10:00:00+00' AS ts, 'a'::BLOB AS bl,
              INTERVAL '1 month 2 days' AS iv, CAST('{"a":' || chr(10) || ' 0.10, "t": "x\\ny"}' AS JSON) AS j,
              [{'k': 'v', 'l': [1.5, NULL]}] AS r, MAP {'x': 1} AS m, UUID '00000000-0000-0000-0000-000000000001' AS u
            UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
            """;

    @Test
    void eachValueOfAnExportIsOneOfItsRowsLine() throws Exception {
        export("each.ndjson", ExportFormat.NDJSON, EACH);
        assertThat(Files.readString(folder.resolve("exports/each.ndjson"))).isEqualTo("""
                {"i":"9007199254740993","n":"1.5","s":1,"f":"NaN","g":0.1,"b":true,"d":"2026-01-31","t":"10:00:00.500000",\
                "dt":"2026-01-31T10:00:00","ts":"2026-01-31T10:00:00Z","bl":"YQ==","iv":"0-1 2 0:0:0",\
                "j":{"a":  0.10, "t": "x\\ny"},"r":[{"k":"v","l":[1.5,null]}],"m":{"x":1},\
                "u":"00000000-0000-0000-0000-000000000001"}
                {"i":null,"n":null,"s":null,"f":null,"g":null,"b":null,"d":null,"t":null,"dt":null,"ts":null,"bl":null,\
                "iv":null,"j":null,"r":null,"m":null,"u":null}
                """);
    }

    @Test
    void anExportInParquetOrAvroHasItsTypes() throws Exception {
        String typed = EACH.replace(", MAP {'x': 1} AS m", "")
                .replace("[1.5, NULL]}", "[7]}")
                .replaceFirst("NULL, ", "");
        export("each.parquet", ExportFormat.PARQUET, typed);
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT list(column_type ORDER BY column_name)::VARCHAR, (SELECT i || ' ' || n || ' ' || s || ' ' || dt"
                                + " || ' ' || r[1].l[1] || ' ' || iv FROM '" + folder.resolve("exports/each.parquet")
                                + "' WHERE i IS NOT NULL) FROM (DESCRIBE FROM '"
                                + folder.resolve("exports/each.parquet") + "')")) {
            row.next();
            assertThat(row.getString(1))
                    .isEqualTo(
                            "[BOOLEAN, BLOB, DATE, TIMESTAMP, DOUBLE, DOUBLE, BIGINT, VARCHAR, JSON, 'DECIMAL(38,9)',"
                                    + " 'STRUCT(k VARCHAR, l BIGINT[])[]', BIGINT, TIME, TIMESTAMP WITH TIME ZONE, VARCHAR]");
            assertThat(row.getString(2))
                    .isEqualTo("9007199254740993 1.500000000 1 2026-01-31 10:00:00 7 1 month 2 days");
        }
        Part avro = export("each.avro", ExportFormat.AVRO, typed);
        assertThat(avro.rows()).isEqualTo(2);
        try (DataFileStream<GenericRecord> file = new DataFileStream<>(
                Files.newInputStream(folder.resolve("exports/each.avro")), new GenericDatumReader<>())) {
            GenericRecord first = file.next();
            assertThat(first.get("i")).isEqualTo(9007199254740993L);
            assertThat(first.get("s")).isEqualTo(1L);
            assertThat(String.valueOf(first.get("r"))).isEqualTo("[{\"k\": \"v\", \"l\": [7]}]");
            assertThat(String.valueOf(file.next().get("j"))).isEqualTo("null");
            assertThat(file.hasNext()).isFalse();
        }
    }

    @Test
    void whatAFormatHasNoTypeForIsNamed() {
        for (ExportFormat format : List.of(ExportFormat.PARQUET, ExportFormat.AVRO)) {
            assertThat(failure(ErrorCode.QUERY_FAILED, () -> export("x", format, "SELECT MAP {'x': 1} AS m"))
                            .detail())
                    .isEqualTo("column 'm' of the export is a MAP(VARCHAR, INTEGER) (expected: what " + format
                            + " has a type for: cast it)");
            failure(ErrorCode.QUERY_FAILED, () -> export("x", format, "SELECT '2026-01-31'::TIMESTAMP_NS AS t"));
        }
        assertThat(failure(ErrorCode.QUERY_FAILED, () -> export("x", ExportFormat.AVRO, "SELECT 1 AS \"a b\""))
                        .detail())
                .contains("a name that AVRO can't have", "a b");
    }

    @Test
    void rowsKeepTheirOrder() throws Exception {
        load(tableLoad("1", destination(Write.APPEND), rows("3 c, 1 a"), rows("2 b")));
        load(tableLoad("2", destination(Write.APPEND), rows("1 a")));
        assertThat(query(ALL)).isEqualTo("3 c, 1 a, 2 b, 1 a");
    }

    @Test
    void jsonKeepsItsText() throws Exception {
        String json = "{\"a\": 1.10, \"b\":[12345678901234567890, 1e30]}";
        load(tableLoad(
                "1",
                1,
                destination(Write.REPLACE),
                List.of(StagedRows.column("j", Column.Type.JSON)),
                null,
                staged.part("SELECT '" + json + "' AS j")));
        assertThat(query("SELECT j FROM school.students")).isEqualTo(json);
    }

    @Test
    void aPartWithoutAColumnOrWithOneMoreIsNoPart() throws Exception {
        for (Part bad : List.of(
                staged.part("SELECT 3::BIGINT AS id"), staged.part("SELECT 3::BIGINT AS id, 'c' AS name, 1 AS more"))) {
            TableLoad tableLoad = tableLoad("1", destination(Write.REPLACE), rows("1 a"), bad);
            assertThat(failure(ErrorCode.STAGING_CORRUPT, () -> load(tableLoad)).detail())
                    .contains(bad.path());
        }
    }

    @Test
    void aProjectOrCaseInTheNameMakesNoDifference() throws Exception {
        load(tableLoad("1", destination(Write.APPEND), rows("1 a")));
        load(tableLoad(
                "2",
                new Destination.Table("my-project.School.STUDENTS", Write.APPEND, List.of(), Destination.Empty.FAIL),
                rows("2 b")));
        assertThat(query(ALL)).isEqualTo("1 a, 2 b");
    }
}
