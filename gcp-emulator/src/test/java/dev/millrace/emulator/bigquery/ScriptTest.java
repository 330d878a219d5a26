package dev.millrace.emulator.bigquery;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatus;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What statements do, and which are refused. */
@Timeout(120)
class ScriptTest {
    @TempDir
    static Path folder;

    private static @Nullable BigQueryUnderTest started;

    private final BigQueryUnderTest bigQuery = requireNonNull(started);

    @BeforeAll
    static void start() throws Exception {
        BigQueryUnderTest.assumeGoogle();
        started = new BigQueryUnderTest(folder).withDataset();
    }

    @BeforeEach
    void fill() throws Exception {
        bigQuery.emptyDataset();
        bigQuery.create(
                "t",
                Schema.of(
                        Field.newBuilder("id", StandardSQLTypeName.INT64)
                                .setMode(Field.Mode.REQUIRED)
                                .build(),
                        Field.of("text", StandardSQLTypeName.STRING),
                        Field.newBuilder("tags", StandardSQLTypeName.STRING)
                                .setMode(Field.Mode.REPEATED)
                                .build()));
        bigQuery.script("INSERT INTO school.t (id, text) VALUES (1, 'one'), (2, 'two')");
    }

    @AfterAll
    static void stop() {
        if (started != null) {
            started.close();
        }
    }

    private String error(String sql) throws InterruptedException {
        try {
            JobStatus status = bigQuery.script(sql);
            assertThat(status.getError()).as(sql).isNotNull();
            return String.valueOf(status.getError().getMessage());
        } catch (BigQueryException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Test
    void rollsAllOfATransactionBackWhenAnAssertionFails() throws Exception {
        String error = error("""
                BEGIN TRANSACTION;
                TRUNCATE TABLE `test.school.t`;
                INSERT INTO `test.school.t` (`id`) SELECT 9;
                ASSERT (SELECT COUNT(*) FROM `test.school.t`) = 2 AS 'two rows, it\\'s said';
                COMMIT TRANSACTION;
                """);

        assertThat(error).isEqualTo("two rows, it's said");
        assertThat(bigQuery.texts("SELECT id FROM school.t ORDER BY id")).containsExactly("1", "2");
    }

    @Test
    void rollsBackAScriptThatEndsWithinItsTransaction() throws Exception {
        bigQuery.script("BEGIN TRANSACTION; DELETE FROM school.t WHERE TRUE;");

        assertThat(bigQuery.texts("SELECT COUNT(*) FROM school.t")).containsExactly("2");
    }

    @Test
    void answersWithTheLastSelectOfAScript() throws Exception {
        assertThat(bigQuery.texts("""
                DECLARE least INT64 DEFAULT (SELECT MIN(id) FROM school.t);
                BEGIN TRANSACTION;
                DELETE FROM school.t WHERE id = least;
                COMMIT TRANSACTION;
                SELECT least, (SELECT COUNT(*) FROM school.t) AS left_over;
                """)).containsExactly("1|1");
    }

    @Test
    void abortsTheSecondOfTwoTransactionsThatChangeOneTable() throws Exception {
        JobFaults.Held held = bigQuery.emulator.jobFaults().hold("first");
        JobId first = JobId.newBuilder().setJob("first").setLocation("EU").build();
        bigQuery.client.create(JobInfo.of(first, QueryJobConfiguration.of("""
                BEGIN TRANSACTION; DELETE FROM school.t WHERE id = 1; COMMIT TRANSACTION;
                """)));
        bigQuery.emulator.jobFaults().awaitHeld();

        String error = error("BEGIN TRANSACTION; DELETE FROM school.t WHERE id = 2; COMMIT TRANSACTION;");
        JobStatus added =
                bigQuery.script("BEGIN TRANSACTION; INSERT INTO school.t (id) VALUES (3); COMMIT TRANSACTION;");
        held.release();
        while (!bigQuery.client.getJob(first).isDone()) {
            Thread.onSpinWait();
        }

        assertThat(error).contains("aborted due to concurrent update against table test:school.t");
        assertThat(added.getError()).isNull();
        assertThat(bigQuery.texts("SELECT id FROM school.t ORDER BY id")).containsExactly("2", "3");
    }

    @Test
    void mergesByKeyAndRefusesTwoRowsForOne() throws Exception {
        JobStatus merged = bigQuery.script("""
                MERGE INTO `test.school.t` AS `old` USING (
                  SELECT `id`, `text` FROM (SELECT x AS id, 'new' AS text, p
                    FROM UNNEST([2, 3, 3]) AS x WITH OFFSET AS p) WHERE TRUE
                  QUALIFY ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY p DESC) = 1) AS `new`
                ON `old`.`id` = `new`.`id`
                WHEN MATCHED THEN UPDATE SET `text` = `new`.`text`
                WHEN NOT MATCHED THEN INSERT (`id`, `text`) VALUES (`new`.`id`, `new`.`text`)
                """);
        assertThat(merged.getError()).isNull();
        assertThat(bigQuery.texts("SELECT id, text FROM school.t ORDER BY id"))
                .containsExactly("1|one", "2|new", "3|new");

        assertThat(error("""
                MERGE school.t AS o USING (SELECT 1 AS id UNION ALL SELECT 1) AS n ON o.id = n.id
                WHEN MATCHED THEN UPDATE SET text = 'x'
                """)).contains("must match at most one source row");
        assertThat(error("""
                MERGE school.t AS o USING (SELECT 1 AS id, 'x' AS text UNION ALL SELECT 1, 'y') AS n ON o.id = n.id
                WHEN MATCHED AND n.text = 'x' THEN DELETE
                """)).contains("must match at most one source row");
        assertThat(bigQuery.texts("SELECT id, text FROM school.t ORDER BY id"))
                .containsExactly("1|one", "2|new", "3|new");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "INSERT INTO school.t (id, text) VALUES (1, 2)|which has type STRING",
                "INSERT INTO school.t (text) VALUES ('x')|Required field id cannot be null",
                "INSERT INTO school.t (id, tags) VALUES (3, ['a', NULL])|null element",
                "INSERT INTO school.none (id) VALUES (3)|Not found: Table test:school.none",
                "SELECT * FROM nowhere.t|Not found: Dataset test:nowhere",
                "DELETE FROM school.t|must have a WHERE clause",
                "UPDATE school.t SET id = 1|must have a WHERE clause",
                "BEGIN TRANSACTION; CREATE TABLE school.u AS SELECT 1 AS a; COMMIT TRANSACTION|DDL statements are not supported",
                "BEGIN TRANSACTION; BEGIN TRANSACTION; COMMIT TRANSACTION|Nested transactions",
                "SELECT CAST('1.5' AS INT64)|Bad int64 value: 1.5",
                "SELECT 1 / 0|division by zero",
                "SELECT CAST('1e40' AS BIGNUMERIC)|Invalid BIGNUMERIC value: 1e40",
                "SELECT PARSE_JSON('{\"a\":1} x')|Invalid input to PARSE_JSON",
                "SELECT PARSE_JSON('0.12345678901234567890')|cannot round-trip",
                "SELECT CAST('{}' AS JSON)|Invalid cast from STRING to JSON",
                "SELECT ST_GEOGFROMTEXT('PUNKT(1 2)')|Invalid WKT",
                "SELECT FROM school.t|Syntax error",
                "VACUUM school.t|does not know the statement VACUUM",
                "SELECT SOUNDFX('x')|Function not found: SOUNDFX",
                "SELECT 'open|Unclosed string",
            })
    void refuses(String sql, String error) throws Exception {
        assertThat(error(sql)).contains(error);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CAST('-578960446186580977117854925043439539266.34992332820282019728792003956564819968' AS BIGNUMERIC)|-578960446186580977117854925043439539266.34992332820282019728792003956564819968",
                "CAST('0.5' AS BIGNUMERIC)|0.5",
                "CAST(CAST('12.50' AS BIGNUMERIC) AS STRING)|12.5",
                "CAST('1.0000000005' AS NUMERIC)|1.000000001",
                "NUMERIC '-3.10'|-3.1",
                "DATETIME '2026-01-31T06:00:00.123456'|2026-01-31T06:00:00.123456",
                "CAST('2026-01-31 06:00:00' AS DATETIME)|2026-01-31T06:00:00",
                "TIME '23:59:59.5'|23:59:59.5",
                "DATE '0001-01-01'|0001-01-01",
                "CAST('1-2 -3 4:5:6.5' AS INTERVAL)|1-2 -3 4:5:6.500",
                "PARSE_JSON('{\"b\": [1.0, 2e1], \"a\" : null, \"b\": 3}', wide_number_mode => 'exact')|{\"a\":null,\"b\":[1.0,20.0]}",
                "PARSE_JSON('18446744073709551615')|18446744073709551615",
                "ST_ASTEXT(ST_GEOGFROMTEXT('POINT (1 2.5)'))|POINT(1 2.5)",
                "ST_GEOGFROMTEXT('POLYGON((0 0, 1 0, 1 1, 0 0))')|POLYGON((0 0, 1 0, 1 1, 0 0))",
                "ST_GEOGFROMGEOJSON('{\"type\":\"Point\",\"coordinates\":[1.5,2]}')|POINT(1.5 2)",
                "FROM_BASE64('AAH/')|AAH/",
                "IF(NULL IS NULL, 'a', 'b')|a",
                "(SELECT STRING_AGG(CAST(x AS STRING) ORDER BY x DESC) FROM UNNEST([1, 2]) AS x)|2,1",
                "\"it's\\u0041\"|it'sA",
                "3 IN UNNEST([1, 3])|true",
                "[1, 2][OFFSET(1)]|2",
                "SAFE_CAST('x' AS INT64) IS NULL|true",
            })
    void computes(String expression, String value) throws Exception {
        assertThat(bigQuery.texts("SELECT " + expression)).containsExactly(value);
    }

    @Test
    void makesArraysOfStructsInTheirOrder() throws Exception {
        assertThat(bigQuery.rows("""
                        SELECT ARRAY(SELECT STRUCT(PARSE_JSON(e.j, wide_number_mode => 'exact') AS j, e.n AS n)
                          FROM UNNEST([STRUCT('[2]' AS j, 2 AS n), STRUCT('[1]' AS j, 1 AS n)]) AS e
                          WITH OFFSET AS o ORDER BY o) AS list
                        """).getFirst().get("list").getRepeatedValue().stream()
                        .map(element -> element.getRecordValue().get(0).getStringValue()
                                + element.getRecordValue().get(1).getStringValue()))
                .containsExactly("[2]2", "[1]1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-01-31 23:59:59.999999+00", "0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00"})
    void answersTimestampsExactly(String text) throws Exception {
        long micros = bigQuery.rows("SELECT TIMESTAMP '" + text + "' AS t")
                .getFirst()
                .get("t")
                .getTimestampValue();

        assertThat(Instant.EPOCH.plus(micros, ChronoUnit.MICROS))
                .isEqualTo(OffsetDateTime.parse(text.replace(' ', 'T').replace("+00", "Z"))
                        .toInstant());
    }

    @Test
    void saysThatAParameterIsMissing() throws Exception {
        assertThat(error("SELECT @a")).contains("Query parameter 'a' not found");
    }
}
