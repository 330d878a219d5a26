package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R5.10: checks of a table, as who calls the command line sees them. */
class TableChecksTest {
    @TempDir
    private Path folder;

    private MillraceUnderTest.Called run(MillraceUnderTest millrace, int exitCode, String records) throws Exception {
        Files.writeString(folder.resolve("data/a.csv"), "id,name\n" + records);
        MillraceUnderTest.Called run = millrace.call("run", "shop", "orders");
        assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(exitCode);
        return run;
    }

    @Test
    void aRunThatWouldBreakATableIsTakenBackWithItsRowsAndOneThatIsOddWarns() throws Exception {
        Files.createDirectories(folder.resolve("data"));
        try (MillraceUnderTest millrace = new MillraceUnderTest(folder)) {
            millrace.pipeline("shop", """
                    version: 1
                    name: shop
                    source: {type: files, folder: %s}
                    endpoints:
                      orders:
                        files: {pattern: "*.csv", format: {type: csv}}
                        destination:
                          table: shop.orders
                          write: replace
                          checks:
                            - {type: unique, columns: [id]}
                            - {type: expression, expression: "name <> ''"}
                            - {type: row-count, maxChange: 0.5, severity: warn}
                        schema: [{name: id, type: INTEGER, mode: REQUIRED}, {name: name, type: STRING}]
                    """.formatted(folder.resolve("data")));
            run(millrace, 0, "1,a\n2,b\n3,c\n");
            MillraceUnderTest.Called failed = run(millrace, 1, "1,a\n1,z\n2,b\n");
            assertThat(failed.err())
                    .contains(
                            "CHECKS_UNMET",
                            "after the load shop.orders would not meet check unique id: 2 rows have the same id as another"
                                    + " row; it stays as it is");
            String id = failed.out().replaceAll("(?s).*millrace rejects ([0-9A-Za-z-]+).*", "$1");
            assertThat(millrace.call("rejects", id).out()).contains("check unique id", "\"name\":\"z\"");
            assertThat(millrace.call("query", "SELECT count(*) AS n FROM shop.orders")
                            .out())
                    .contains("3");

            assertThat(run(millrace, 0, "1,a\n").out())
                    .contains("warning: check row-count: 1 rows (expected: 1.5 to 4.5, as the run before lets expect)");
        }
    }
}
