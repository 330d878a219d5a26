package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R5.13: columns that are read for others alone. */
class HelperColumnsTest {
    @TempDir
    private Path folder;

    private MillraceUnderTest millrace;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(
                folder.resolve("data/prices.csv"),
                "id,net,rate,kind\n1,10.00,1.19,sale\n2,5.00,1.07,test\n3,2.50,1.19,sale\n");
        millrace = new MillraceUnderTest(folder);
    }

    @AfterEach
    void close() {
        millrace.close();
    }

    private void pipeline(String more) throws IOException {
        millrace.pipeline("prices", """
                version: 1
                name: prices
                source: {type: files, folder: %s}
                endpoints:
                  prices:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: shop.prices, write: merge, keys: [id]%s}
                    filter: kind <> 'test'
                    checks: [{name: taxed, expression: rate >= 1}]
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: net, type: NUMERIC, helper: true}
                      - {name: rate, type: NUMERIC, helper: true}
                      - {name: kind, type: STRING, helper: true}
                      - {name: gross, type: NUMERIC, expression: "round(net * rate, 2)"}
                """.formatted(folder.resolve("data"), more));
    }

    @Test
    void aHelperColumnIsForExpressionsFilterAndChecksAndNotInTheTable() throws Exception {
        pipeline("");
        MillraceUnderTest.Called preview = millrace.call("preview", "prices", "prices");
        assertThat(preview.exitCode()).as(preview.err()).isZero();
        assertThat(preview.out().replaceAll(" +", " ")).startsWith("id gross\n 1 11.9\n 3 2.98\n");
        MillraceUnderTest.Called run = millrace.call("run", "prices");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).doesNotContain("no column reads");
        assertThat(millrace.query("SELECT * FROM shop.prices ORDER BY id").toString())
                .isEqualTo("[[1, 11.9], [3, 2.98]]");
        assertThat(millrace.query(
                        "SELECT column_name FROM information_schema.columns WHERE table_name = 'prices' ORDER BY 1"))
                .isEqualTo(List.of(List.of("gross"), List.of("id")));
    }

    @Test
    void aHelperColumnThatTheTableNeedsIsRefused() throws Exception {
        pipeline(", order: {by: rate}");
        assertThat(millrace.call(
                                "validate",
                                folder.resolve("pipelines/prices.yaml").toString())
                        .err())
                .contains("destination.order.by: found rate (expected: a column of the schema");
    }
}
