package dev.millrace.loader.duckdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.loader.StagedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.task.Query;
import dev.millrace.worker.TaskContext;
import io.micronaut.serde.ObjectMapper;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Users' SQL reads the tables of the warehouse and does nothing else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QueryTest {
    private StagedRows staged;
    private DuckDbWarehouse warehouse;

    @BeforeAll
    void load(@TempDir Path folder) throws InterruptedException {
        staged = new StagedRows(folder.resolve("staging"));
        warehouse = new DuckDbWarehouse(
                DuckDbWarehouseTest.config(folder.resolve("school.duckdb"), Duration.ofSeconds(1)),
                staged.store(),
                ObjectMapper.getDefault());
        append("first", "SELECT i AS id, 'n' || i AS name FROM range(5) AS t(i)");
    }

    @AfterAll
    void close() {
        warehouse.close();
    }

    private void append(String load, String select) throws InterruptedException {
        Part part = staged.part(select);
        warehouse.load(
                new TableLoad(
                        load,
                        1,
                        1,
                        "run",
                        new Destination.Table("school.students", Write.APPEND, List.of(), Destination.Empty.FAIL),
                        List.of(
                                StagedRows.required("id", Column.Type.INTEGER),
                                StagedRows.column("name", Column.Type.STRING)),
                        List.of(part),
                        null,
                        null,
                        null),
                new TaskContext(Clock.systemUTC()));
    }

    private MillraceException failure(String sql) {
        MillraceException failure =
                catchThrowableOfType(MillraceException.class, () -> warehouse.query(new Query(sql, 10)));
        assertThat(failure).as(sql).isNotNull();
        assertThat(failure.detail()).doesNotContain("\n");
        return failure;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-- nothing",
                "SELECT 1; SELECT 2",
                "SELECT 1; DROP TABLE school.students",
                "INSERT INTO school.students VALUES (9, 'x')",
                "WITH x AS (SELECT 1) INSERT INTO school.students SELECT 9, 'x'",
                "UPDATE millrace.ledger SET state = 'ABORTED'",
                "DELETE FROM millrace.ledger",
                "CREATE TABLE school.x (i INT)",
                "CREATE TEMP TABLE x AS SELECT 1",
                "CREATE MACRO f() AS 1",
                "DROP SCHEMA school CASCADE",
                "COPY school.students TO '/tmp/x.csv'",
                "COPY (SELECT 1) TO '/tmp/x.csv'",
                "EXPORT DATABASE '/tmp/x'",
                "ATTACH '/tmp/x.duckdb'",
                "DETACH \"millrace-warehouse\"",
                "USE memory",
                "PRAGMA database_list",
                "CALL pragma_version()",
                "SET memory_limit = '1TB'",
                "SET VARIABLE x = 1",
                "RESET memory_limit",
                "INSTALL httpfs",
                "LOAD httpfs",
                "CHECKPOINT",
                "VACUUM",
                "BEGIN",
                "COMMIT",
                "PREPARE p AS SELECT 1",
                "EXECUTE p",
                "EXPLAIN SELECT 1",
                "EXPLAIN ANALYZE SELECT 1",
                "SHOW TABLES",
                "SHOW ALL TABLES",
                "DESCRIBE school.students",
                "SUMMARIZE school.students",
                "SELECT * FROM '/etc/passwd'",
                "SELECT * FROM 'x.parquet'",
                "SELECT * FROM \"x.csv\"",
                "SELECT * FROM read_csv('/etc/passwd')",
                "SELECT * FROM READ_CSV_AUTO('/etc/passwd')",
                "SELECT * FROM system.main.read_text('/etc/passwd')",
                "SELECT * FROM read_text('/etc/passwd')",
                "SELECT * FROM read_blob('/etc/passwd')",
                "SELECT * FROM read_json('/etc/passwd')",
                "SELECT * FROM read_parquet('x')",
                "SELECT * FROM parquet_scan('x')",
                "SELECT * FROM parquet_metadata('x')",
                "SELECT * FROM sniff_csv('/etc/passwd')",
                "SELECT * FROM glob('/*')",
                "SELECT * FROM duckdb_secrets()",
                "SELECT * FROM duckdb_settings()",
                "SELECT * FROM duckdb_databases()",
                "SELECT * FROM duckdb_tables",
                "SELECT * FROM pg_catalog.pg_settings",
                "SELECT * FROM pg_settings",
                "SELECT * FROM query('SELECT 1')",
                "SELECT * FROM query_table('school.students')",
                "SELECT * FROM json_execute_serialized_sql('{}')",
                "SELECT * FROM checkpoint()",
                "SELECT * FROM truncate_duckdb_logs()",
                "SELECT current_setting('temp_directory')",
                "SELECT system.main.current_setting('temp_directory')",
                "SELECT getvariable('x')",
                "SELECT write_log('x')",
                "SELECT sleep_ms(1000000)",
                "SELECT nextval('x')",
                "SELECT 1 WHERE EXISTS (SELECT * FROM read_text('/etc/passwd'))",
                "SELECT (SELECT content FROM read_text('/etc/passwd'))",
                "WITH x AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM x",
                "WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT size FROM read_text('/etc/passwd')) SELECT * FROM x",
                "SELECT 1 UNION ALL SELECT size FROM read_text('/etc/passwd')",
                "SELECT * FROM school.students JOIN LATERAL (SELECT * FROM read_text(name)) ON true",
                "SELECT 1 ORDER BY (SELECT size FROM read_text('/etc/passwd'))",
                "SELECT 1 LIMIT (SELECT size FROM read_text('/etc/passwd'))",
                "PIVOT read_csv('x') ON a IN (1) USING count(*)",
                "FROM read_text('/etc/passwd')",
                "TABLE 'x.csv'"
            })
    void whatIsNoSelectOverTablesIsRefused(String sql) throws InterruptedException {
        assertThat(failure(sql).code()).isEqualTo(ErrorCode.QUERY_REFUSED);
        assertThat(answer("SELECT count(*) FROM school.students")).isEqualTo("[[5]]");
    }

    private String answer(String sql) throws InterruptedException {
        return warehouse.query(new Query(sql, 10)).rows().toString();
    }

    @Test
    void aRefusalNamesWhatItRefuses() {
        assertThat(failure("SELECT * FROM read_csv('x')").detail()).contains("read_csv");
        assertThat(failure("SELECT * FROM 'x.parquet'").detail()).contains("x.parquet");
        assertThat(failure("SELECT 1; SELECT 2").detail()).contains("2 statements");
    }

    @Test
    void selectsOfEveryShapeAreAnswered() throws InterruptedException {
        assertThat(answer("SELECT id, name FROM school.students WHERE id < 2")).isEqualTo("[[0, n0], [1, n1]]");
        assertThat(answer("select max(id) from SCHOOL.Students ; -- the last")).isEqualTo("[[4]]");
        assertThat(answer("SELECT id -- a comment at the end\nFROM school.students ORDER BY id DESC LIMIT 1 -- so"))
                .isEqualTo("[[4]]");
        assertThat(answer("FROM school.students LIMIT 1")).isEqualTo("[[0, n0]]");
        assertThat(answer("VALUES (1), (2)")).isEqualTo("[[1], [2]]");
        assertThat(answer("WITH \"a.b\" AS (SELECT 1 AS x) SELECT x, x FROM (SELECT 1 AS x)"))
                .isEqualTo("[[1, 1]]");
        assertThat(answer("WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 3) FROM r"))
                .isEqualTo("[[1], [2], [3]]");
        assertThat(answer("SELECT id, row_number() OVER (ORDER BY id DESC) FROM school.students ORDER BY id LIMIT 1"))
                .isEqualTo("[[0, 5]]");
        assertThat(answer("SELECT * FROM generate_series(1, 2), unnest(['a'])")).isEqualTo("[[1, a], [2, a]]");
        assertThat(answer("SELECT state FROM millrace.ledger WHERE load = 'first'"))
                .isEqualTo("[[COMMITTED]]");
        assertThat(answer("SELECT column_name FROM information_schema.columns WHERE table_name = 'students'"))
                .isEqualTo("[[id], [name]]");
        assertThat(answer("PIVOT school.students ON name IN ('n1') USING count(*)"))
                .startsWith("[[");
        assertThat(answer("SELECT 'a;b'; ")).isEqualTo("[[a;b]]");
    }

    @Test
    void rowsBeyondTheLimitAreCutOffAndSaidToBe() throws InterruptedException {
        Query.Result cut = warehouse.query(new Query("SELECT id FROM school.students ORDER BY id DESC", 4));
        assertThat(cut.rows()).containsExactly(List.of("4"), List.of("3"), List.of("2"), List.of("1"));
        assertThat(cut.truncated()).isTrue();
        assertThat(warehouse
                        .query(new Query("SELECT id FROM school.students", 5))
                        .truncated())
                .isFalse();
        assertThat(catchThrowableOfType(MillraceException.class, () -> warehouse.query(new Query("SELECT 1", 0)))
                        .code())
                .isEqualTo(ErrorCode.REQUEST_INVALID);
    }

    @Test
    void anAnswerThatIsTooLargeIsRefusedAndOneOfTheMostIsNot() throws InterruptedException {
        String rows = "SELECT repeat('x', 1024) AS x FROM range(%d)";
        assertThat(catchThrowableOfType(
                                MillraceException.class, () -> warehouse.query(new Query(rows.formatted(1024), 10_000)))
                        .detail())
                .startsWith("the answer is larger than 1 MB (expected: fewer rows or columns;");
        assertThat(warehouse.query(new Query(rows.formatted(900), 10_000)).rows())
                .hasSize(900);
        assertThat(failure("SELECT repeat('x', 1 << 20) AS x").code()).isEqualTo(ErrorCode.QUERY_FAILED);
        assertThat(failure("SELECT list(repeat('x', 1024)) AS x FROM range(1024)")
                        .code())
                .isEqualTo(ErrorCode.QUERY_FAILED);
    }

    @Test
    void largeValuesOfAnAnswerThatIsTooLargeStayInTheEngine() {
        long heap = Runtime.getRuntime().maxMemory(); // the driver takes all of these rows at once
        String rows = "SELECT repeat('x', 10000000) AS x FROM range(" + (heap / 10_000_000 + 1) + ")";

        assertThat(failure(rows).detail()).startsWith("the answer is larger than 1 MB");
        assertThat(failure("SELECT x, CAST(x AS BLOB) AS b, [x] AS l FROM (SELECT repeat('x', 400000) AS x)")
                        .detail())
                .startsWith("the answer is larger than 1 MB");
    }

    @Test
    void aLongAnswerKeepsItsOrder() throws InterruptedException {
        assertThat(warehouse
                        .query(new Query(
                                "SELECT CAST(range AS INTEGER) AS n FROM range(20000) ORDER BY range DESC", 9000))
                        .rows())
                .extracting(row -> row.getFirst())
                .isEqualTo(IntStream.range(0, 9000)
                        .mapToObj(row -> String.valueOf(19999 - row))
                        .toList());
    }

    @Test
    void valuesAreWrittenAsBigQueryDoes() throws InterruptedException {
        Query.Result result = warehouse.query(new Query(
                "SELECT sum(170141183460469231731687303715884105::HUGEINT) AS total, 1.500::DECIMAL(10, 3) AS price,"
                        + " 100::DECIMAL(10, 2), 'NaN'::DOUBLE, '-inf'::DOUBLE, 1e300, [1, NULL], {'a': 'x'}, MAP {1: 2},"
                        + " 'ab'::BLOB, NULL, NULL AS total, TIME '01:02:03.04', 1::TINYINT, TIMESTAMPTZ '2026-01-31"
                        + " 01:00:00+01', DATE '2026-01-31'",
                1));
        assertThat(result.rows().getFirst())
                .containsExactly(
                        "170141183460469231731687303715884105",
                        "1.5",
                        "100",
                        "NaN",
                        "-Infinity",
                        "1e+300",
                        "[1,null]",
                        "{\"a\":\"x\"}",
                        "{\"1\":2}",
                        "YWI=",
                        null,
                        null,
                        "01:02:03.040000",
                        "1",
                        "2026-01-31T00:00:00Z",
                        "2026-01-31");
        assertThat(result.columns().subList(0, 10).stream().map(Query.Field::type))
                .containsExactly(
                        "BIGNUMERIC", "NUMERIC", "NUMERIC", "FLOAT", "FLOAT", "FLOAT", "JSON", "JSON", "JSON", "BYTES");
        assertThat(result.columns().get(0).name()).isEqualTo("total");
        assertThat(result.columns().get(11).name()).isEqualTo("total");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELEC 1",
                "SELECT nope FROM school.students",
                "SELECT * FROM school.nope",
                "SELECT 'x'::INT",
                "SELECT ?"
            })
    void wrongSqlFailsWithTheEnginesReason(String sql) {
        MillraceException failure = failure(sql);
        assertThat(failure.code()).isEqualTo(ErrorCode.QUERY_FAILED);
        assertThat(failure.detail()).isNotBlank();
    }

    @Test
    void aQueryThatTakesTooLongIsCancelledAndLoadsGoOnMeanwhile() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CompletableFuture<MillraceException> end = new CompletableFuture<>();
        Thread endless = Thread.ofVirtual().start(() -> {
            started.countDown();
            end.complete(
                    failure("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"));
        });
        started.await();
        Part part = staged.part("SELECT 1::BIGINT AS id");
        warehouse.load(
                new TableLoad(
                        "meanwhile",
                        1,
                        1,
                        "run",
                        new Destination.Table("school.other", Write.APPEND, List.of(), Destination.Empty.FAIL),
                        List.of(StagedRows.column("id", Column.Type.INTEGER)),
                        List.of(part),
                        null,
                        null,
                        null),
                new TaskContext(Clock.systemUTC()));
        endless.join();
        assertThat(end.join().code()).isEqualTo(ErrorCode.QUERY_FAILED);
        assertThat(end.join().detail()).contains("1 s");
        assertThat(answer("SELECT id FROM school.other")).isEqualTo("[[1]]");
    }
}
