package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R5.3: a table whose columns are those of the data, as who calls the command line sees it. */
class InferTest {
    @TempDir
    private Path folder;

    private MillraceUnderTest millrace;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        millrace = new MillraceUnderTest(folder);
        millrace.pipeline("shop", """
                version: 1
                name: shop
                source: {type: files, folder: %s}
                endpoints:
                  orders:
                    files: {pattern: "*.ndjson", format: {type: ndjson}}
                    destination: {table: shop.orders, write: merge, keys: [id], contract: infer}
                    schema: [{name: id, type: INTEGER, mode: REQUIRED}]
                """.formatted(folder.resolve("data")));
    }

    @AfterEach
    void close() {
        millrace.close();
    }

    private MillraceUnderTest.Called run(int exitCode, String records) throws Exception {
        Files.writeString(folder.resolve("data/a.ndjson"), records);
        MillraceUnderTest.Called run = millrace.call("run", "shop", "orders");
        assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(exitCode);
        return run;
    }

    private String query(String sql) throws Exception {
        MillraceUnderTest.Called query = millrace.call("query", sql);
        assertThat(query.exitCode()).as(query.err()).isZero();
        return query.out();
    }

    @Test
    void eachRunAddsAndWidensColumnsSaysSoAndChangesNoTypeOtherwise() throws Exception {
        run(0, """
                {"id": 1, "amount": 5, "buyer": {"name": "Bo"}, "lines": [{"sku": "a", "price": 1}]}
                {"id": 2, "amount": 7, "paid": "2026-01-31"}
                """);
        MillraceUnderTest.Called second = run(0, """
                {"id": 2, "amount": 7.25, "paid": null, "buyer": {"name": "Al", "vip": true}, "lines": [{"sku": "b", "price": 2.5}]}
                {"id": 3, "amount": 0.1234567890123, "buyer": {"name": "Cy"}, "note": "new"}
                """);
        assertThat(second.out())
                .contains(
                        "shop/orders: column amount from INTEGER to BIGNUMERIC (2 records, such as '0.1234567890123')",
                        "shop/orders: new column buyer.vip BOOLEAN (1 record, such as 'true')",
                        "shop/orders: column lines.price from INTEGER to NUMERIC (1 record, such as '2.5')",
                        "shop/orders: new column note STRING (1 record, such as 'new')");
        assertThat(query("SELECT id, amount, buyer.vip AS vip, lines[1].price AS price, note, paid"
                        + " FROM shop.orders ORDER BY id"))
                .containsSubsequence("1", "5", "1", "2", "7.25", "true", "2.5", "3", "0.1234567890123", "new");

        MillraceUnderTest.Called third = run(1, """
                {"id": 4, "amount": "many", "buyer": {"name": "Di", "vip": false}, "lines": [], "note": "x", "paid": "soon"}
                """);
        assertThat(third.out())
                .contains("shop/orders: column amount is BIGNUMERIC and can't hold some values (1 record, such as")
                .contains("many");
        assertThat(query("SELECT count(*) AS n FROM shop.orders")).contains("3");
    }

    @Test
    void aColumnThatNoRecordHasAnyMoreIsNotSetToNullInSilence() throws Exception {
        run(0, "{\"id\": 1, \"name\": \"a\"}\n");
        assertThat(run(1, "{\"id\": 2}\n").err())
                .contains("SCHEMA_DRIFT", "no record of the run has a field for column name");
    }

    @Test
    void thePreviewShowsTheColumnsThatTheRecordsMakeAndTheFileNeedsNoSchema() throws Exception {
        Files.writeString(folder.resolve("data/a.ndjson"), "{\"id\": 7, \"price\": 1.5}\n");
        MillraceUnderTest.Called preview = millrace.call("preview", "shop", "orders");
        assertThat(preview.out()).contains("id", "price", "7", "1.5");
        assertThat(query("SELECT count(*) AS n FROM information_schema.tables WHERE table_schema = 'shop'"))
                .contains("0");
    }
}
