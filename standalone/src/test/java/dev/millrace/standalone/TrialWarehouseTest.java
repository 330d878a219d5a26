package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.staging.Reject;
import dev.millrace.standalone.client.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A further kind of warehouse, added by one package of the loader, which only tests have. That gateway and transformer
 * don't know it is up to {@link ArchitectureTest}; to what every warehouse does, its contract in {@code cloud-tests} holds
 * it.
 */
class TrialWarehouseTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void configure() throws IOException {
        Files.createDirectories(folder.resolve("pipelines"));
        System.setProperty("millrace.warehouse.type", "trial");
        System.setProperty("millrace.warehouse.trial.folder", folder.toString());
    }

    @AfterEach
    void forget() {
        System.clearProperty("millrace.warehouse.type");
        System.clearProperty("millrace.warehouse.trial.folder");
    }

    private static String pipeline(String name, String table) {
        return """
            version: 1
            name: %s
            source: {type: files, folder: .}
            endpoints:
              colours:
                files: {pattern: "*.ndjson", format: {type: ndjson}}
                destination: {table: %s, write: replace}
                rejects: {maxShare: 0.7}
                schema: [{name: id, type: INTEGER, mode: REQUIRED}, {name: mix, type: JSON}]
            """.formatted(name, table);
    }

    private Path file(String name, String table) throws IOException {
        return Files.writeString(folder.resolve(name + ".yaml"), pipeline(name, table));
    }

    @Test
    void itsTablesAreLoadedAndQueriedAndWhatItCanNotHoldIsRejectedBefore() throws Exception {
        try (MillraceUnderTest millrace = new MillraceUnderTest(folder)) {
            millrace.pipeline("colours", pipeline("colours", "test.colours"));
            Files.writeString(folder.resolve("pipelines/colours.ndjson"), """
                {"id": 1, "mix": [1.50]}
                {"id": 2, "mix": [[[2]]]}
                {"id": "three"}
                """);

            Run run = millrace.run("colours");
            assertThat(run.state()).as(String.join("\n", millrace.log(run))).isEqualTo(Run.State.SUCCEEDED);

            assertThat(millrace.query("SELECT id, mix FROM test.colours").toString())
                    .isEqualTo("[[1, [1.50]]]");
            assertThat(millrace.rejects(run))
                    .extracting(Reject::reason)
                    .containsExactlyInAnyOrder(
                            "mix is nested in more than 2 levels, H2's limit of JSON", "id is not a whole number");
        }
        assertThat(folder.resolve("trial.mv.db")).exists();
        assertThat(folder.resolve("home/warehouse.duckdb")).doesNotExist();
    }

    @Test
    void itsNamesOfTablesAreToldApartWithoutALoaderAlso() throws Exception {
        String one = file("one", "lake-one.test.colours").toString();
        String otherCase = file("two", "test.Colours").toString();
        String otherProject = file("three", "pond-two.test.colours").toString();
        Terminal terminal = new Terminal(folder);

        assertThat(terminal.call("validate", "--warehouse", "trial", one, otherCase)
                        .err())
                .isEmpty();
        assertThat(terminal.call("validate", "--warehouse", "trial", one, otherProject)
                        .err())
                .contains("writes to lake-one.test.colours, which is the same table in H2, too");
        assertThat(terminal.call("validate", "--warehouse", "bigquery", one, otherProject)
                        .err())
                .isEmpty();
        assertThat(terminal.call("validate", "--warehouse", "shoebox", one).err())
                .contains("--warehouse: 'shoebox' (expected: bigquery or duckdb or trial)");
    }
}
