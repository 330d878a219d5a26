package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.standalone.client.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R5.13: one answer of an API, loaded into several tables. */
class FurtherTablesTest {
    private static final String FIRST = """
            [{"id": 1, "at": "2026-01-01T08:00:00Z", "customer": {"id": 7, "name": "Ada"},
              "lines": [{"sku": "a", "pieces": 2}, {"sku": "b", "pieces": 1}]},
             {"id": 2, "at": "2026-01-01T09:00:00Z", "customer": {"id": 7, "name": "Ada"}, "lines": []}]
            """;
    private static final String SECOND = """
            [{"id": 3, "at": "2026-01-02T08:00:00Z", "customer": {"id": 8, "name": "Bo"},
              "lines": [{"sku": "c", "pieces": PIECES}]}]
            """;
    private static final String THIRD = """
            [{"id": 4, "at": "2026-01-03T08:00:00Z", "customer": {"id": 8, "name": "Bo"},
              "lines": [{"sku": "d", "pieces": 4}]}]
            """;

    @TempDir
    private Path folder;

    private MillraceUnderTest millrace;
    private ScriptedApi api;

    @BeforeEach
    void start() throws IOException {
        millrace = new MillraceUnderTest(folder);
        api = new ScriptedApi();
    }

    @AfterEach
    void close() {
        millrace.close();
        api.close();
    }

    private void pipeline(String write, String cursor) throws IOException {
        millrace.pipeline("shop", """
                version: 1
                name: shop
                source: {type: rest, baseUrl: "%s"}
                endpoints:
                  orders:
                    request: {path: /orders%s
                    destination: {table: shop.orders, %s}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: at, type: TIMESTAMP}
                    furtherTables:
                      order_lines:
                        explode: lines
                        filter: line IS NOT NULL
                        destination: {table: shop.order_lines, %s}
                        schema:
                          - {name: id, type: INTEGER, mode: REQUIRED}
                          - {name: line, type: INTEGER, metadata: element}
                          - {name: sku, type: STRING, from: lines.sku}
                          - {name: pieces, type: INTEGER, from: lines.pieces}
                      customers:
                        destination: {table: shop.customers, %s}
                        schema:
                          - {name: id, type: INTEGER, mode: REQUIRED, from: customer.id}
                          - {name: name, type: STRING, from: customer.name}
                """.formatted(api.url(), cursor, write, write, write));
    }

    private Map<String, Run> runs(String... names) throws InterruptedException {
        return millrace.runs("shop", names).stream().collect(Collectors.toMap(Run::endpoint, Function.identity()));
    }

    private List<String> staged() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .filter(file -> file.contains("/staging/runs/"))
                    .toList();
        }
    }

    @Test
    void ordersTheirLinesAndTheirCustomersComeFromOneAnswer() throws Exception {
        pipeline("write: merge, keys: [id]", "}");
        Files.writeString(
                folder.resolve("pipelines/shop.yaml"),
                Files.readString(folder.resolve("pipelines/shop.yaml"))
                        .replace("shop.order_lines, write: merge, keys: [id]", "shop.order_lines, write: replace"));
        api.on("/orders", ScriptedApi.json(FIRST));
        MillraceUnderTest.Called called = millrace.call("run", "shop", "orders");

        assertThat(called.exitCode()).as(called.err()).isZero();
        assertThat(api.requests("/orders")).hasSize(1);
        assertThat(millrace.query("SELECT id FROM shop.orders ORDER BY id")).hasSize(2);
        assertThat(millrace.query("SELECT id, line, sku, pieces FROM shop.order_lines ORDER BY line")
                        .toString())
                .isEqualTo("[[1, 1, a, 2], [1, 2, b, 1]]");
        assertThat(millrace.query("SELECT id, name FROM shop.customers").toString())
                .isEqualTo("[[7, Ada]]");
        await().untilAsserted(() -> assertThat(staged()).isEmpty());
    }

    @Test
    void aDryRunSaysOfEachTableWhatItWouldDoAndLeavesNothing() throws Exception {
        pipeline("write: replace", "}");
        api.on("/orders", ScriptedApi.json(FIRST));
        MillraceUnderTest.Called called = millrace.call("run", "shop", "--dry-run");

        assertThat(called.exitCode()).as(called.err()).isZero();
        assertThat(called.out())
                .contains(
                        "would create the table shop.orders",
                        "would create the table shop.order_lines",
                        "would create the table shop.customers");
        assertThat(millrace.query("SELECT table_name FROM information_schema.tables"))
                .containsExactlyInAnyOrder(List.of("ledger"), List.of("schemas"));
        await().untilAsserted(() -> assertThat(staged()).isEmpty());
    }

    @Test
    void noRowOfAFurtherTableIsLostWhenOneOfItsRunsFails() throws Exception {
        pipeline("write: append", ", query: {since: \"${cursor}\"}}\n    cursor: {path: at, initial: \"2000\"}");
        Path file = folder.resolve("pipelines/shop.yaml");
        Files.writeString(
                file,
                Files.readString(file)
                        .replace("shop.orders, write: append", "shop.orders, write: merge, keys: [id]")
                        .replace("shop.customers, write: append", "shop.customers, write: merge, keys: [id]")
                        .replace("shop.order_lines, write: append", "shop.order_lines, write: merge, keys: [sku]")
                        .replace("sku, type: STRING,", "sku, type: STRING, mode: REQUIRED,")
                        .replace("                        filter: line IS NOT NULL\n", ""));
        api.on("/orders", ScriptedApi.json(FIRST.replace("\"lines\": []", "\"lines\": [{\"sku\": \"z\"}]")));
        assertThat(runs().values()).allMatch(run -> run.state() == Run.State.SUCCEEDED);

        api.on("/orders", ScriptedApi.json(SECOND.replace("PIECES", "\"many\"")));
        Map<String, Run> second = runs();
        assertThat(Objects.requireNonNull(second.get("orders")).state()).isEqualTo(Run.State.SUCCEEDED);
        Run failed = Objects.requireNonNull(second.get("order_lines"));
        assertThat(Objects.requireNonNull(failed.error()).code()).isEqualTo("REJECTS_ABOVE_LIMIT");

        api.on("/orders", ScriptedApi.json(THIRD));
        Map<String, Run> third = runs();
        assertThat(Objects.requireNonNull(third.get("customers")).state()).isEqualTo(Run.State.SUCCEEDED);
        Run refused = Objects.requireNonNull(third.get("order_lines"));
        assertThat(Objects.requireNonNull(refused.error()).detail())
                .contains("a run of order_lines before this one has not succeeded", "a full run of orders");
        assertThat(api.requests("/orders").getLast()).contains("since=2026-01-02");

        assertThat(millrace.query("SELECT sku FROM shop.order_lines ORDER BY sku")
                        .toString())
                .isEqualTo("[[a], [b], [z]]");
        api.on(
                "/orders",
                ScriptedApi.json((FIRST.replace("\"lines\": []", "\"lines\": [{\"sku\": \"z\"}]")
                                + SECOND.replace("PIECES", "3")
                                + THIRD)
                        .replaceAll("]\\s*\\[", ",")));
        MillraceUnderTest.Called full = millrace.call("run", "shop", "--full");
        assertThat(full.exitCode()).as(full.err()).isZero();
        assertThat(millrace.query("SELECT sku FROM shop.order_lines ORDER BY sku")
                        .toString())
                .isEqualTo("[[a], [b], [c], [d], [z]]");
    }
}
