package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.Run;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R5.15: a run is rolled back, or says why not, as who calls the command line sees it. */
class RollbackTest {
    private static final String IDS = "SELECT id FROM shop.orders ORDER BY id";

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
                    files: {pattern: "*.csv", read: %s, format: {type: csv}}
                    destination: {table: shop.orders, write: %s}
                    schema: [{name: id, type: INTEGER, mode: REQUIRED}]
                """.formatted(folder.resolve("data"), read, write));
    }

    private Run run() throws Exception {
        MillraceUnderTest.Called called = millrace.call("run", "shop", "orders", "--json");
        assertThat(called.exitCode()).as(called.err()).isZero();
        return Objects.requireNonNull(
                        ObjectMapper.getDefault().readValue(called.out(), Argument.of(Answers.Batch.class)))
                .runs()
                .getFirst();
    }

    private void rollBack(String run) throws Exception {
        MillraceUnderTest.Called called = millrace.call("rollback", run);
        assertThat(called.exitCode()).as(called.err()).isZero();
        assertThat(called.out()).contains("shop/orders rolled back: shop.orders is as it was before the run");
    }

    private void file(String name, String text) throws IOException {
        Files.writeString(folder.resolve("data/" + name), text);
    }

    @Test
    void theTableIsAsItWasAndOnlyTheLastRunOfItCanBeRolledBack() throws Exception {
        pipeline("all", "replace");
        file("a.csv", "id\n1\n2\n");
        run();
        file("a.csv", "id\n3\n");
        Run second = run();
        file("a.csv", "id\n4\n");
        Run third = run();

        MillraceUnderTest.Called refused = millrace.call("rollback", second.id());
        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.err()).contains("ROLLBACK_REFUSED", "run " + third.id() + " has changed the table since");

        rollBack(third.id());
        assertThat(millrace.query(IDS)).containsExactly(List.of("3"));
        rollBack(third.id());
        assertThat(millrace.query(IDS)).containsExactly(List.of("3"));
        assertThat(millrace.call("runs").out()).contains("rolled back");
        assertThat(millrace.call("log", third.id()).out()).contains("rolled back by ", ": shop.orders has 1 rows");

        MillraceUnderTest.Called gone = millrace.call("rollback", second.id());
        assertThat(gone.err()).contains("isn't kept (any more)");
        run();
        assertThat(millrace.query(IDS)).containsExactly(List.of("4"));
    }

    @Test
    void theFilesOfARunThatWasRolledBackAreNewAgain() throws Exception {
        pipeline("new", "append");
        file("a.csv", "id\n1\n");
        run();
        file("b.csv", "id\n2\n");
        Run second = run();
        rollBack(second.id());
        assertThat(millrace.query(IDS)).containsExactly(List.of("1"));
        run();
        assertThat(millrace.query(IDS)).containsExactly(List.of("1"), List.of("2"));
    }

    @Test
    void aRunThatHasLoadedNothingIsNotRolledBack() throws Exception {
        pipeline("all", "replace");
        file("a.csv", "id\n1\n");
        MillraceUnderTest.Called dry = millrace.call("run", "shop", "orders", "--dry-run", "--json");
        Run run = Objects.requireNonNull(
                        ObjectMapper.getDefault().readValue(dry.out(), Argument.of(Answers.Batch.class)))
                .runs()
                .getFirst();
        assertThat(millrace.call("rollback", run.id()).err()).contains("RUN_STATE", "is a dry run");
        assertThat(millrace.call("rollback", "none").err()).contains("RUN_UNKNOWN");
    }
}
