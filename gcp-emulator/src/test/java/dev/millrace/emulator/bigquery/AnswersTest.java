package dev.millrace.emulator.bigquery;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatistics;
import com.google.cloud.bigquery.JobStatus;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.QueryParameterValue;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.TableId;
import java.nio.file.Path;
import org.assertj.core.groups.Tuple;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Queries over tables that Google's evaluator answers. */
@Timeout(120)
class AnswersTest {
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
                        Field.of("id", StandardSQLTypeName.INT64),
                        Field.of("amount", StandardSQLTypeName.NUMERIC),
                        Field.of("wide", StandardSQLTypeName.BIGNUMERIC),
                        Field.of("part", StandardSQLTypeName.FLOAT64),
                        Field.of("place", StandardSQLTypeName.GEOGRAPHY),
                        Field.of("data", StandardSQLTypeName.JSON),
                        Field.of("moment", StandardSQLTypeName.TIMESTAMP),
                        Field.of("span", StandardSQLTypeName.INTERVAL),
                        Field.newBuilder(
                                        "items",
                                        StandardSQLTypeName.STRUCT,
                                        Field.of("name", StandardSQLTypeName.STRING),
                                        Field.of("bytes", StandardSQLTypeName.BYTES))
                                .setMode(Field.Mode.REPEATED)
                                .build()));
        script("""
                INSERT INTO school.t (id, amount, wide, part, data, moment, span, items)
                SELECT 1, NUMERIC '1.10', BIGNUMERIC '1e30', 0.5,
                  PARSE_JSON('{"a":[1]}'), TIMESTAMP '2026-01-31 06:00:00.5+00',
                  CAST('1-2 -3 4:5:6.5' AS INTERVAL), [STRUCT('x' AS name, FROM_BASE64('AAH/') AS bytes)];
                """);
        script("UPDATE school.t SET place = ST_GEOGFROMTEXT('POINT(1 2)') WHERE TRUE");
        script("""
                INSERT INTO school.t (id, amount, wide, part, data, moment, span, items) SELECT id + 1, amount * 2, wide / 3,
                  CAST('nan' AS FLOAT64), JSON_SET(data, '$.b', 'é'), TIMESTAMP_ADD(moment, INTERVAL 1 DAY), -span,
                  ARRAY_CONCAT(items, [STRUCT('y' AS name, CAST(NULL AS BYTES) AS bytes)])
                FROM (SELECT id, CAST('1.1' AS NUMERIC) AS amount, CAST('1e30' AS BIGNUMERIC) AS wide, data, moment, span, items
                  FROM school.t)
                """);
    }

    @AfterAll
    static void stop() {
        if (started != null) {
            started.close();
        }
    }

    private void script(String sql) throws InterruptedException {
        JobStatus status = bigQuery.script(sql);
        assertThat(status.getError()).as(sql).isNull();
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
    void valuesOfEachTypeGoThereAndBack() throws Exception {
        assertThat(bigQuery.texts("""
                        SELECT id, amount, wide, part, data, UNIX_MICROS(moment), span, i.name, i.bytes
                        FROM school.t AS t LEFT JOIN UNNEST(t.items) AS i WITH OFFSET AS o ORDER BY id, o
                        """))
                .containsExactly(
                        "1|1.1|1000000000000000000000000000000|0.5|{\"a\":[1]}|1769839200500000|1-2 -3 4:5:6.500|x|AAH/",
                        "2|2.2|333333333333333333333333333333.33333333333333333333333333333333333333|NaN"
                                + "|{\"a\":[1],\"b\":\"é\"}|1769925600500000|-1-2 3 -4:5:6.500|x|AAH/",
                        "2|2.2|333333333333333333333333333333.33333333333333333333333333333333333333|NaN"
                                + "|{\"a\":[1],\"b\":\"é\"}|1769925600500000|-1-2 3 -4:5:6.500|y|NULL");
    }

    @Test
    void tablesAreKnownByWhateverNamesTheyMayHave() throws Exception {
        assertThat(bigQuery.texts("""
                        WITH w AS (SELECT ROUND(part, 1) AS part, t.id FROM test.school.t)
                        SELECT COUNT(*), SUM(school_t.id), ANY_VALUE(w.part HAVING MIN w.id), 'ä' AS `ä`
                        FROM `test.school.t` AS school_t JOIN w ON w.id = school_t.id
                        WHERE school_t.id IN (SELECT id FROM `test`.school.`t` WHERE t.amount > 0)
                        """)).containsExactly("2|3|0.5|ä");
        assertThat(bigQuery.texts("SELECT name FROM school.t, t.items WHERE STARTS_WITH(name, 'y')"))
                .containsExactly("y");
        assertThat(bigQuery.texts(
                        "SELECT x.b FROM (SELECT [1, 2] AS a) AS t, t.a AS x0, UNNEST([STRUCT(x0 * 2 AS b)]) AS x"
                                + " ORDER BY 1"))
                .containsExactly("2", "4");
    }

    @Test
    void aModelsResultGoesIntoATableWithItsTypes() throws Exception {
        bigQuery.run(
                "model",
                QueryJobConfiguration.newBuilder(
                                "SELECT ROUND(AVG(amount), 2) AS mean, ARRAY_AGG(id ORDER BY id) AS ids"
                                        + " FROM school.t")
                        .setDestinationTable(TableId.of("school", "means"))
                        .build());

        assertThat(bigQuery.client
                        .getTable(TableId.of("school", "means"))
                        .<StandardTableDefinition>getDefinition()
                        .getSchema()
                        .getFields())
                .extracting(Field::getName, field -> field.getType().getStandardType(), Field::getMode)
                .containsExactly(
                        Tuple.tuple("mean", StandardSQLTypeName.NUMERIC, Field.Mode.NULLABLE),
                        Tuple.tuple("ids", StandardSQLTypeName.INT64, Field.Mode.REPEATED));
        assertThat(bigQuery.texts("SELECT mean, ids[OFFSET(1)] FROM school.means"))
                .containsExactly("1.65|2");
        script("CREATE OR REPLACE TABLE school.means AS SELECT CAST(SUM(mean) AS INT64) AS total FROM school.means");
        assertThat(bigQuery.texts("SELECT total FROM school.means")).containsExactly("2");
    }

    @Test
    void aDryRunSaysTheColumnsAndChecksTheStatement() {
        JobStatistics.QueryStatistics statistics = bigQuery.client
                .create(JobInfo.of(QueryJobConfiguration.newBuilder("SELECT LPAD(i.name, 3), id / 2 AS half"
                                + " FROM school.t, UNNEST(items) AS i WHERE id = @id")
                        .addNamedParameter("id", QueryParameterValue.int64(1))
                        .setDryRun(true)
                        .build()))
                .getStatistics();

        assertThat(statistics.getSchema().getFields())
                .extracting(Field::getName, field -> field.getType().getStandardType())
                .containsExactly(
                        Tuple.tuple("f0_", StandardSQLTypeName.STRING),
                        Tuple.tuple("half", StandardSQLTypeName.FLOAT64));
    }

    @Test
    void parametersAndTemporaryTablesAreKnown() throws Exception {
        assertThat(bigQuery.client
                        .query(QueryJobConfiguration.newBuilder("SELECT FORMAT_DATE('%d.%m.%Y', @day), LEFT(@name, 1)")
                                .addNamedParameter("day", QueryParameterValue.date("2026-01-31"))
                                .addNamedParameter("name", QueryParameterValue.string("Ada"))
                                .build())
                        .iterateAll())
                .first()
                .satisfies(row -> assertThat(
                                row.get(0).getStringValue() + row.get(1).getStringValue())
                        .isEqualTo("31.01.2026A"));
        assertThat(bigQuery.texts("""
                        CREATE TEMP TABLE doubled AS SELECT id * 2 AS n FROM school.t;
                        SELECT SUM(n) + 1 FROM doubled;
                        """)).containsExactly("7");
    }

    @Test
    void whatNobodyHereCanAnswerIsRefusedByName() throws Exception {
        assertThat(error("SELECT ST_DISTANCE(place, place) FROM school.t")).contains("GEOGRAPHY", "place");
        assertThat(error("SELECT id FROM school.t WHERE id = 'one'")).contains("No matching signature for operator =");
        assertThat(error("SELECT nothing FROM school.t")).contains("Unrecognized name: nothing", "[at 1:8]");
        assertThat(error("DECLARE least INT64 DEFAULT 1; SELECT TRUNC(part + least) FROM school.t"))
                .contains("the function TRUNC", "the variable least");
        assertThat(error("UPDATE school.t SET part = TRUNC(part, 2) WHERE TRUE"))
                .contains("does not know the function TRUNC");
    }

    @Test
    void rowsThatAreTooManyForTheEvaluatorAreRefusedAndColumnsThatItDoesNotReadDoNotCount() throws Exception {
        script(
                "CREATE TABLE school.long AS SELECT x AS id, REPEAT('x', 200000) AS text FROM UNNEST(GENERATE_ARRAY(1, 25)) AS x");

        assertThat(error("SELECT MAX(LENGTH(text)) FROM school.long"))
                .contains("the function LENGTH", "bytes (expected: at most 4,194,304");
        assertThat(bigQuery.texts("SELECT SUM(id / 2) FROM school.long")).containsExactly("162.5");
        assertThat(bigQuery.texts("SELECT COUNT(DISTINCT text) FROM school.long"))
                .containsExactly("1");
    }

    @Test
    void theEngineAddsNothingThatItWouldAddOtherwise() throws Exception {
        assertThat(error("BEGIN TRANSACTION; UPDATE school.t SET wide = wide + 1 WHERE TRUE; COMMIT TRANSACTION"))
                .contains("does not know + and - of BIGNUM");
    }
}
