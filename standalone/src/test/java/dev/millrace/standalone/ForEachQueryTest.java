package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R5.13: requests for each row of a query of the warehouse. */
class ForEachQueryTest {
    @TempDir
    private Path folder;

    private MillraceUnderTest millrace;
    private ScriptedApi api;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(
                folder.resolve("data/customers.csv"), "id,name,active\n7,Ada,true\n8,Bo \"B\" B,false\n9,Cleo,true\n");
        millrace = new MillraceUnderTest(folder);
        millrace.pipeline("customers", """
                version: 1
                name: customers
                source: {type: files, folder: %s}
                endpoints:
                  customers:
                    files: {pattern: "*.csv", format: {type: csv, quote: ""}}
                    destination: {table: shop.customers, write: replace}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: name, type: STRING}
                      - {name: active, type: BOOLEAN}
                """.formatted(folder.resolve("data")));
        api = new ScriptedApi();
        for (int id : new int[] {7, 8, 9}) {
            api.on("/customers/" + id + "/visits", ScriptedApi.json("[{\"day\": \"2026-01-0" + id + "\"}]"));
        }
    }

    @AfterEach
    void close() {
        millrace.close();
        api.close();
    }

    private void visits(String query, String more) throws IOException {
        millrace.pipeline("visits", """
                version: 1
                name: visits
                source: {type: rest, baseUrl: "%s"}
                endpoints:
                  visits:
                    forEach: {query: "%s", as: customer, fields: [name]%s}
                    request: {path: "/customers/${customer.id}/visits"}
                    destination: {table: shop.visits, write: replace}
                    schema:
                      - {name: customer, type: INTEGER, mode: REQUIRED, from: customer.id}
                      - {name: name, type: STRING, from: customer.name}
                      - {name: day, type: DATE}
                """.formatted(api.url(), query, more));
    }

    @Test
    void eachRowOfTheQueryIsAskedFor() throws Exception {
        assertThat(millrace.call("run", "customers").exitCode()).isZero();
        visits("SELECT id, name FROM shop.customers WHERE id < 9 ORDER BY id", "");
        MillraceUnderTest.Called run = millrace.call("run", "visits");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(millrace.query("SELECT customer, name, day FROM shop.visits ORDER BY customer")
                        .toString())
                .isEqualTo("[[7, Ada, 2026-01-07], [8, Bo \"B\" B, 2026-01-08]]");
        assertThat(api.requests("/customers/9/visits")).isEmpty();
    }

    @Test
    void aQueryThatCanNotBeAnsweredFailsTheRunWithItsReason() throws Exception {
        visits("SELECT id, name FROM shop.nobody", "");
        assertThat(millrace.call("run", "visits").err()).contains("QUERY_FAILED: forEach.query: ", "nobody");
        assertThat(millrace.call("run", "customers").exitCode()).isZero();
        visits("SELECT id FROM shop.customers", "");
        assertThat(millrace.call("run", "visits").err())
                .contains("QUERY_REFUSED: forEach.query selects id (expected: name among them)");
        visits("DELETE FROM shop.customers", "");
        assertThat(millrace.call("run", "visits").err()).contains("QUERY_REFUSED: forEach.query: ");
        visits("SELECT id, name FROM shop.customers", ", maxRequests: 2");
        assertThat(millrace.call("run", "visits").err()).contains("there are more than 2 to send requests for");
        assertThat(api.requests("/customers/7/visits")).isEmpty();
    }

    @Test
    void oneKindOfWhatRequestsAreSentForIsSaid() throws Exception {
        visits("SELECT 1 AS id, 'a' AS name", ", values: [a]");
        assertThat(millrace.call(
                                "validate",
                                folder.resolve("pipelines/visits.yaml").toString())
                        .err())
                .contains("values and query (expected: one of endpoint, list, values, range, file and query)");
        visits(" ", "");
        assertThat(millrace.call(
                                "validate",
                                folder.resolve("pipelines/visits.yaml").toString())
                        .err())
                .contains("forEach.query: found nothing (expected: one SELECT)");
    }
}
