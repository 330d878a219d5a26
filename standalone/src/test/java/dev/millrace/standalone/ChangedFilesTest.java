package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R4.3: files that come night after night, each loaded once. */
class ChangedFilesTest {
    @TempDir
    private Path folder;

    private MillraceUnderTest millrace;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        millrace = new MillraceUnderTest(folder);
    }

    @AfterEach
    void close() {
        millrace.close();
    }

    private void pipeline(String read, String write) throws IOException {
        millrace.pipeline("shop", """
                version: 1
                name: shop
                source: {type: files, folder: %s}
                endpoints:
                  orders:
                    files: {pattern: "*.csv", format: {type: csv}, read: %s}
                    destination: {table: shop.orders, %s}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: state, type: STRING}
                """.formatted(folder.resolve("data"), read, write));
    }

    private void file(String name, String text) throws IOException {
        Files.writeString(folder.resolve("data").resolve(name), text);
    }

    private String orders() throws Exception {
        return millrace.query("SELECT id, state FROM shop.orders ORDER BY id, state")
                .toString();
    }

    private List<String> lists() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .filter(file -> file.contains("/state/"))
                    .toList();
        }
    }

    @Test
    void newFilesAreAppendedOnceEachAlsoWhenALoadHasFailed() throws Exception {
        pipeline("new", "write: append");
        file("monday.csv", "id,state\n1,paid\n");
        assertThat(millrace.call("run", "shop").exitCode()).isZero();
        assertThat(millrace.call("run", "shop").exitCode()).isZero();
        file("tuesday.csv", "id,state\nx,paid\n");
        assertThat(millrace.call("run", "shop").err()).contains("REJECTS_ABOVE_LIMIT");
        file("tuesday.csv", "id,state\n2,paid\n");
        file("wednesday.csv", "id,state\n3,open\n");
        MillraceUnderTest.Called run = millrace.call("run", "shop");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(orders()).isEqualTo("[[1, paid], [2, paid], [3, open]]");

        file("monday.csv", "id,state\n1,sent\n");
        assertThat(millrace.call("run", "shop").err()).contains("monday.csv has changed since run ", "read: new");
        assertThat(orders()).isEqualTo("[[1, paid], [2, paid], [3, open]]");
        assertThat(millrace.call("cursor", "show", "shop").out()).contains("state/shop/orders/");
    }

    @Test
    void aFileThatHasChangedIsMergedAndOldListsOfFilesGo() throws Exception {
        pipeline("changed", "write: merge, keys: [id]");
        file("orders.csv", "id,state\n1,open\n2,open\n");
        file("more.csv", "id,state\n3,open\n");
        assertThat(millrace.call("run", "shop").exitCode()).isZero();
        for (String state : List.of("paid", "sent", "gone")) {
            file("orders.csv", "id,state\n1," + state + "\n2,open\n4,new\n");
            MillraceUnderTest.Called run = millrace.call("run", "shop");
            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(orders()).isEqualTo("[[1, " + state + "], [2, open], [3, open], [4, new]]");
        }
        await().untilAsserted(() -> assertThat(lists()).hasSize(2));

        MillraceUnderTest.Called full = millrace.call("run", "shop", "--full");
        assertThat(full.exitCode()).as(full.err()).isZero();
        assertThat(millrace.call("cursor", "set", "shop", "orders", "--none").exitCode())
                .isZero();
        assertThat(millrace.call("run", "shop").exitCode()).isZero();
        assertThat(orders()).isEqualTo("[[1, gone], [2, open], [3, open], [4, new]]");
    }

    @Test
    void aTableThatWouldHaveRowsTwiceIsRefused() throws Exception {
        pipeline("changed", "write: append");
        assertThat(millrace.call(
                                "validate",
                                folder.resolve("pipelines/shop.yaml").toString())
                        .err())
                .contains("destination.write", "files with read: new");
        pipeline("new", "write: replace");
        assertThat(millrace.call(
                                "validate",
                                folder.resolve("pipelines/shop.yaml").toString())
                        .err())
                .contains("what earlier runs have loaded would be replaced by what is new");
    }
}
