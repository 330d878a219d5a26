package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The SQL of pipeline files, checked by {@code validate} with DuckDB's own binder. */
class SqlOfFilesTest {
    static final String SHOP = """
            version: 1
            name: shop
            source: {type: files, folder: .}
            endpoints:
              orders:
                files: {pattern: '*.csv', format: {type: csv}}
                destination: {table: shop.orders, write: replace}
                schema: [{name: id, type: INTEGER}, {name: day, type: DATE}, {name: price, type: NUMERIC}]
            models:
              summary:
                after: [days]
                destination: {table: shop.summary, write: replace}
                sql: SELECT MAX(total) AS most FROM shop.days
              days:
                after: [orders]
                destination: {table: shop.days, write: replace}
                sql: |
                  SELECT day, SUM(price) AS total -- of a day
                  FROM shop.orders
                  GROUP BY day
            """;

    @TempDir
    private Path folder;

    private Terminal.Call validate(String warehouse, String yaml) throws Exception {
        Path file = Files.writeString(folder.resolve("shop.yaml"), yaml);
        return new Terminal(folder).call("validate", "--warehouse", warehouse, file.toString());
    }

    @Test
    void modelsAreCheckedOverWhatTheFilesDeclareWhateverTheirOrder() throws Exception {
        Terminal.Call call = validate("duckdb", SHOP);

        assertThat(call.err()).isEmpty();
        assertThat(call.exitCode()).isZero();
    }

    @Test
    void anErrorSaysLineAndColumnWithinABlock() throws Exception {
        Terminal.Call call = validate("duckdb", SHOP.replace("GROUP BY day", "GROUP BY dya"));

        assertThat(call.exitCode()).isEqualTo(2);
        assertThat(call.err()).contains("shop.yaml:20:16 models.days.sql: found ", "\"dya\"", "(expected: SQL that");
    }

    @Test
    void exportsAreCheckedLikeModelsAndTheirFormatsForTheWarehouse() throws Exception {
        String exports = SHOP + """
                exports:
                  all:
                    destination: {bucket: out, key: shop/all, format: parquet}
                    sql: SELECT total, [day] AS days FROM shop.days
                """;
        assertThat(validate("duckdb", exports).exitCode()).isZero();
        Terminal.Call column = validate("duckdb", exports.replace("SELECT total", "SELECT totals"));
        assertThat(column.exitCode()).isEqualTo(2);
        assertThat(column.err()).contains("shop.yaml:24:17 exports.all.sql: found ", "\"totals\"");
        assertThat(validate("duckdb", exports.replace("[day] AS days", "1 AS total"))
                        .err())
                .contains("shop.yaml:24:10 exports.all.sql: found the column total twice");
        assertThat(validate("bigquery", exports).exitCode()).isZero();
        Terminal.Call format = validate("trial", exports);
        assertThat(format.exitCode()).isEqualTo(2);
        assertThat(format.err())
                .contains("shop.yaml:23:55 exports.all.destination.format: found parquet", "which can be had from H2");
    }

    @Test
    void anErrorSaysLineAndColumnOnOneLine() throws Exception {
        Terminal.Call call = validate("duckdb", SHOP.replace("MAX(total)", "MAX(totla)"));

        assertThat(call.exitCode()).isEqualTo(2);
        assertThat(call.err()).contains("shop.yaml:13:21 models.summary.sql: found ", "\"totla\"");
    }

    @Test
    void aSyntaxErrorAndAFunctionThatIsRefusedAreErrorsToo() throws Exception {
        assertThat(validate("duckdb", SHOP.replace("FROM shop.orders", "FORM shop.orders"))
                        .err())
                .contains("models.days.sql: found ", "syntax error");
        assertThat(validate("duckdb", SHOP.replace("FROM shop.orders", "FROM read_csv('x')"))
                        .err())
                .contains("models.days.sql: found query refused: it uses the table function read_csv");
    }

    private Terminal.Call validateInsight(String sql) throws Exception {
        Path shop = Files.writeString(folder.resolve("shop.yaml"), SHOP);
        Path insight = Files.writeString(
                folder.resolve("DAYS.sql"),
                "-- title: Days\n-- parameters: {since: {type: DATE}, n: {type: INTEGER}}\n"
                        + "-- chart: {type: bar, x: day, y: [total]}\n" + sql);
        return new Terminal(folder).call("validate", shop.toString(), insight.toString());
    }

    @Test
    void anInsightIsCheckedWithItsParametersAndItsChart() throws Exception {
        Terminal.Call right = validateInsight("SELECT day, total FROM shop.days WHERE day >= @since AND total > @n");
        assertThat(right.err()).isEmpty();
        assertThat(right.exitCode()).isZero();

        assertThat(validateInsight("SELECT day, total\nFROM shop.days WHERE day >= @since AND totl > @n")
                        .err())
                .contains("DAYS.sql:5:40 found ", "\"totl\"", "(expected: SQL that the warehouse understands)");
        assertThat(validateInsight("SELECT day AS dey, total FROM shop.days").err())
                .contains("DAYS.sql:1:1 chart: found day (expected: dey, if that was meant");
        assertThat(validateInsight("SELECT day, total, 1 AS day FROM shop.days WHERE day < @sinc")
                        .err())
                .contains("the SQL has @sinc, which is no parameter (expected: since, if that was meant");
        assertThat(validateInsight("SELECT day, total, 1 AS day FROM shop.days").err())
                .contains("DAYS.sql:1:1 found the column day twice");
        Files.writeString(folder.resolve("DAYS.duckbd.sql"), "SELECT 1");
        assertThat(new Terminal(folder)
                        .call("validate", folder.resolve("DAYS.duckbd.sql").toString())
                        .err())
                .contains("found the warehouse duckbd in the file's name (expected: duckdb, if that was meant");
    }

    @Test
    void aTableThatNoFileDeclaresIsSaidAndIsNoError() throws Exception {
        Terminal.Call call = validate("duckdb", SHOP.replace("FROM shop.orders", "FROM other.orders"));

        assertThat(call.exitCode()).isZero();
        assertThat(call.err().lines())
                .anyMatch(line ->
                        line.contains("models.days.sql: found SQL that is not checked (expected: none: it reads")
                                && line.contains("orders, which none of the files declares rightly"))
                .anyMatch(line -> line.contains("models.summary.sql: found SQL that is not checked"));
    }

    @Test
    void withoutAReaderOfTheSqlItSaysThatTheCheckWasLeftOut() throws Exception {
        Terminal.Call call = validate("bigquery", SHOP.replace("MAX(total)", "MAX(totla)"));

        assertThat(call.exitCode()).isZero();
        assertThat(call.err())
                .contains("models.days.sql: found SQL that is not checked", "no reader of the SQL of bigquery");
    }
}
