package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.emulator.zetasql.ZetaSql;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The SQL of pipeline files, checked by {@code validate} with Google's analyzer. */
class BigQuerySqlOfFilesTest {
    private static final String SHOP = """
            version: 1
            name: shop
            source: {type: files, folder: .}
            endpoints:
              orders:
                files: {pattern: '*.ndjson', format: {type: ndjson}}
                destination: {table: project.shop.orders, write: merge, keys: [id], history: {}}
                schema:
                  - {name: id, type: INTEGER, mode: REQUIRED}
                  - {name: items, type: RECORD, mode: REPEATED, fields: [{name: price, type: BIGNUMERIC}]}
            models:
              summary:
                after: [prices]
                destination: {table: shop.summary, write: replace}
                sql: SELECT ROUND(SAFE_DIVIDE(MAX(price), 2), 2) AS half FROM `shop.prices`
              prices:
                after: [orders]
                destination: {table: shop.prices, write: replace}
                sql: |
                  -- über alles
                  SELECT o.id, i.price, EXTRACT(ISOWEEK FROM valid_from) AS week
                  FROM shop.orders AS o, o.items AS i
                  WHERE is_current QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY price) = 1
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void whereThereIsALibrary() {
        Assumptions.assumeTrue(ZetaSql.missing().isEmpty(), ZetaSql.missing());
    }

    private Terminal.Call validate(String yaml) throws Exception {
        Path file = Files.writeString(folder.resolve("shop.yaml"), yaml);
        return new Terminal(folder).call("validate", "--warehouse", "bigquery", file.toString());
    }

    @Test
    void theInsightsAndTheGraphThatAreThereAreRightInBothLanguages() throws Exception {
        for (String warehouse : new String[] {"duckdb", "bigquery"}) {
            Terminal.Call call = new Terminal(folder)
                    .call(
                            "validate",
                            "--warehouse",
                            warehouse,
                            Terminal.ROOT
                                    .resolve("pipelines/drugs/pipeline.yaml")
                                    .toString(),
                            Terminal.ROOT
                                    .resolve("pipelines/hiring/pipeline.yaml")
                                    .toString(),
                            Terminal.ROOT
                                    .resolve("pipelines/insights/HIRES_DEPARTMENT_JOB.sql")
                                    .toString(),
                            Terminal.ROOT
                                    .resolve("pipelines/insights/DEPARTMENTS_HIRED_ABOVE_MEAN.sql")
                                    .toString());

            assertThat(call.err()).isEmpty();
            assertThat(call.exitCode()).isZero();
        }
        Files.writeString(
                folder.resolve("a.sql"),
                "-- title: A\n-- parameters: {n: {type: INTEGER}}\nSELECT @n AS n,\n  @m AS m");
        assertThat(new Terminal(folder)
                        .call(
                                "validate",
                                "--warehouse",
                                "bigquery",
                                folder.resolve("a.sql").toString())
                        .err())
                .contains("a.sql:4:3 found ", "'m'");
    }

    @Test
    void modelsAreCheckedOverWhatTheFilesDeclare() throws Exception {
        Terminal.Call call = validate(SHOP);

        assertThat(call.err()).isEmpty();
        assertThat(call.exitCode()).isZero();
    }

    @Test
    void errorsHaveTheLineAndTheColumnThatGoogleGivesThem() throws Exception {
        assertThat(validate(SHOP.replace("i.price,", "i.prize,")).err())
                .contains("shop.yaml:21:22 models.prices.sql: found Field name prize does not exist");
        assertThat(validate(SHOP.replace("ROUND(", "ROUNDED(")).err())
                .contains("shop.yaml:15:17 models.summary.sql: found Function not found: ROUNDED");
        assertThat(validate(SHOP.replace("WHERE is_current", "WHERE id = 'one'"))
                        .err())
                .contains("shop.yaml:23:13 models.prices.sql: found No matching signature for operator =");
    }

    @Test
    void onlyAQueryIsTheSqlOfAModel() throws Exception {
        assertThat(validate(SHOP.replace(
                                "SELECT ROUND(SAFE_DIVIDE(MAX(price), 2), 2) AS half FROM `shop.prices`",
                                "DELETE FROM `shop.prices` WHERE TRUE"))
                        .err())
                .contains("models.summary.sql: found the statement is no query (expected: one SELECT)");
    }

    @Test
    void aTableThatNoFileDeclaresIsSaidAndIsNoError() throws Exception {
        Terminal.Call call = validate(SHOP.replace("`shop.prices`", "`other.prices`"));

        assertThat(call.exitCode()).isZero();
        assertThat(call.err())
                .contains("models.summary.sql: found SQL that is not checked", "it reads other.prices, which none");
    }
}
