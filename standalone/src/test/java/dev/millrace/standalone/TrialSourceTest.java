package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A further kind of source, added by one package for the model and one for the extractor, which only tests have. That
 * nobody else knows it is up to {@link ArchitectureTest}.
 */
class TrialSourceTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(folder.resolve("pipelines"));
    }

    private Path file(String keys) throws IOException {
        return Files.writeString(folder.resolve("pipelines/colours.yaml"), """
            version: 1
            name: colours
            source: {type: inline, subject: colours}
            endpoints:
              colours:
                %s
                destination: {table: test.colours, write: replace}
                rejects: {maxShare: 0.5}
                schema: [{name: id, type: INTEGER, mode: REQUIRED}, {name: name, type: STRING}]
            """.formatted(keys));
    }

    private String errors(String keys) throws IOException, InterruptedException {
        return new Terminal(folder).call("validate", file(keys).toString()).err();
    }

    @Test
    void itsRecordsAreLoadedAndItsRejectsAreListed() throws Exception {
        Path _ = file("rows: [{id: 1, name: red}, {id: 2, name: green}, {id: three, name: blue}]");

        Terminal.Call run = new Terminal(folder).call("run", "colours");
        assertThat(run.exitCode()).as(run.err()).isZero();
        Terminal.Call query = new Terminal(folder).call("query", "SELECT id, name FROM test.colours ORDER BY id");

        assertThat(query.out()).contains("red", "green").doesNotContain("blue");
        assertThat(run.out()).contains("see what was rejected");
    }

    @Test
    void itsFileIsCheckedWithPositionsAsThoseOfOthersAre() throws Exception {
        assertThat(errors("rows: []")).contains("colours.yaml:6:5 endpoints.colours.rows", "at least one record");
        assertThat(errors("files: {pattern: a, format: {type: csv}}"))
                .contains("colours.yaml:6:5 endpoints.colours.files")
                .contains("it belongs to a source of type files, and that of this pipeline is of type inline")
                .contains("endpoints.colours.rows")
                .contains("a list: a source of type inline needs it");
    }
}
