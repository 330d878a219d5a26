package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.client.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R3.6: a run that is cut into slices loads what one does that isn't. */
class SlicesTest {
    /** Bytes from which on it is worth it to cut a file. */
    private static final String LARGE = "millrace.extractor.part-bytes";

    @TempDir
    private Path folder;

    private MillraceUnderTest millrace;

    @BeforeEach
    void start() throws IOException {
        System.setProperty(LARGE, "100000");
        Files.createDirectories(folder.resolve("data"));
        millrace = new MillraceUnderTest(folder);
    }

    @AfterEach
    void close() {
        System.clearProperty(LARGE);
        millrace.close();
    }

    /** Two endpoints that differ in nothing but whether they are cut. */
    private void pipeline(String pattern, String format, String write, String more) throws IOException {
        StringBuilder endpoints = new StringBuilder();
        for (String name : new String[] {"whole", "cut"}) {
            endpoints.append("""
                      %s:
                        files: {pattern: "%s", format: %s, missing: allow}
                        destination: {table: shop.%s, %s}
                        %s
                        %s
                        schema:
                          - {name: id, type: INTEGER, mode: REQUIRED}
                          - {name: state, type: STRING}
                          - {name: amount, type: NUMERIC}
                          - {name: file, type: STRING, metadata: file}
                          - {name: line, type: INTEGER, metadata: line}
                    """.formatted(
                            name, pattern, format, name, write, more, name.equals("cut") ? "scale: {slices: 7}" : "")
                    .indent(2));
        }
        millrace.pipeline("shop", """
                version: 1
                name: shop
                source: {type: files, folder: %s}
                endpoints:
                %s""".formatted(folder.resolve("data"), endpoints));
    }

    private void csv(int files, int rows) throws IOException {
        Random random = new Random(5);
        for (int file = 0; file < files; file++) {
            StringBuilder text = new StringBuilder("id,state,amount\n");
            for (int row = 0; row < rows; row++) {
                text.append(String.format(
                        Locale.ROOT,
                        "%d,\"%s\",%d.%02d\n",
                        random.nextInt(files * rows / 2),
                        random.nextBoolean() ? "open\nor \"\"not\"\"" : "sent, " + file,
                        random.nextInt(100),
                        random.nextInt(100)));
            }
            write("%s/%d.csv".formatted(file % 3 == 0 ? "a" : "b", file), text.toString());
        }
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve("data").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    /** Both, the run that is cut being returned. */
    private Run run() throws Exception {
        return run(both(), "cut");
    }

    private List<Run> both() throws Exception {
        List<Run> runs = millrace.runs("shop");
        assertThat(runs).extracting(Run::state).containsOnly(Run.State.SUCCEEDED);
        return runs;
    }

    private static Run run(List<Run> runs, String endpoint) {
        return runs.stream()
                .filter(run -> run.endpoint().equals(endpoint))
                .findFirst()
                .orElseThrow();
    }

    private void same(long rows) throws Exception {
        for (String part : new String[] {"EXCEPT ALL", "INTERSECT ALL"}) {
            String counted = millrace.query("SELECT (SELECT count(*) FROM (SELECT * FROM shop.whole " + part
                            + " SELECT * FROM shop.cut)), (SELECT count(*) FROM (SELECT * FROM shop.cut " + part
                            + " SELECT * FROM shop.whole))")
                    .toString();
            long expected = part.startsWith("EXCEPT") ? 0 : rows;
            assertThat(counted).as(part).isEqualTo("[[" + expected + ", " + expected + "]]");
        }
    }

    @Test
    void theTableOfACutRunEqualsThatOfAWholeOne() throws Exception {
        pipeline("**/*.csv", "{type: csv}", "write: replace", "");
        csv(40, 50);
        Run run = run();
        assertThat(run.steps())
                .extracting(Run.StepProgress::slices)
                .startsWith(new Run.Slices(7, 7), new Run.Slices(7, 7));
        same(2_000);
        run();
        same(2_000);
    }

    @Test
    void ofSeveralRowsWithOneKeyTheLastOneWinsAcrossSlicesToo() throws Exception {
        pipeline("**/*.csv", "{type: csv}", "write: merge, keys: [id]", "");
        csv(40, 50);
        run();
        long ids = Long.parseLong(millrace.query("SELECT count(DISTINCT id) FROM shop.whole")
                .toString()
                .replaceAll("[^0-9]", ""));
        assertThat(ids).isBetween(500L, 1_000L);
        same(ids);
    }

    @Test
    void rejectsOfAllSlicesAreCountedListedAndHeldAgainstTheShare() throws Exception {
        pipeline("*.csv", "{type: csv}", "write: replace", "rejects: {maxShare: 0.5}");
        for (int file = 0; file < 10; file++) {
            write(file + ".csv", "id,state,amount\n" + file + ",open,1\nx" + file + ",open,1\n");
        }
        Run run = run();
        same(10);
        assertThat(millrace.rejects(run))
                .extracting(reject -> reject.part() + " " + reject.line() + " " + reject.value())
                .containsExactly(IntStream.range(0, 10)
                        .mapToObj(file -> file + ".csv 3 x" + file)
                        .toArray(String[]::new));
    }

    @Test
    void aFolderWithoutFilesEmptiesTheTableIfTheFileAllowsThat() throws Exception {
        pipeline("*.csv", "{type: csv}", "write: replace, empty: allow", "");
        run();
        same(0);
    }

    @Test
    void foreignKeysRejectRowsOfSlicesWhereTheyStood() throws Exception {
        pipeline(
                "*.ndjson",
                "{type: ndjson}",
                "write: replace, checks: [{type: foreign-key, columns: [state], references: shop.states, keys: [state], severity: reject}]",
                "rejects: {maxShare: 0.5}");
        millrace.pipeline("states", """
                version: 1
                name: states
                source: {type: files, folder: %s}
                endpoints:
                  states:
                    files: {pattern: "states.csv", format: {type: csv}}
                    destination: {table: shop.states, write: replace}
                    schema: [{name: state, type: STRING}]
                """.formatted(folder.resolve("data")));
        write("states.csv", "state\nopen\nsent\n");
        assertThat(millrace.call("run", "states").exitCode()).isZero();
        for (int file = 0; file < 20; file++) {
            write(
                    file + ".ndjson",
                    "{\"id\":" + file + ",\"state\":\"" + (file == 13 ? "lost" : "open") + "\",\"amount\":1}\n");
        }
        Run run = run();
        same(19);
        assertThat(millrace.rejects(run))
                .extracting(reject -> reject.part() + " " + reject.line() + " " + reject.value())
                .containsExactly("13.ndjson 1 lost");
    }

    @Test
    void aRollbackTakesTheRowsOfAllSlicesBack() throws Exception {
        pipeline("*.csv", "{type: csv}", "write: append", "");
        write("1.csv", "id,state,amount\n1,open,1\n");
        write("2.csv", "id,state,amount\n2,open,1\n");
        run();
        Run run = run();
        same(4);
        assertThat(millrace.call("rollback", run.id()).exitCode()).isZero();
        assertThat(millrace.query("SELECT id FROM shop.cut ORDER BY id").toString())
                .isEqualTo("[[1], [2]]");
    }

    @Test
    void aColumnThatNoRecordHasIsAWarningOfAllSlicesAndADryRunLoadsNothing() throws Exception {
        pipeline("*.ndjson", "{type: ndjson}", "write: replace", "");
        for (int file = 0; file < 10; file++) {
            write(file + ".ndjson", "{\"id\":" + file + (file == 4 ? ",\"amount\":1" : "") + "}\n");
        }
        assertThat(millrace.call("run", "shop", "--dry-run").exitCode()).isZero();
        Run run = run();
        same(10);
        assertThat(millrace.log(run))
                .anyMatch(line -> line.contains("drift: no record of 10 has state"))
                .noneMatch(line -> line.contains("amount"));
    }

    @Test
    void aLargeFileIsCutAndWhatIsSaidOfItsRowsIsTheSame() throws Exception {
        int rows = 12_000;
        StringBuilder csv = new StringBuilder("id,state,amount\n");
        StringBuilder ndjson = new StringBuilder();
        for (int row = 0; row < rows; row++) {
            String id = row % 1_000 == 7 ? "x" + row : String.valueOf(row);
            csv.append(id)
                    .append(",\"a \"\"state\"\"\n\n, of two lines, or more\r\n\",")
                    .append(row % 100)
                    .append('\n');
            ndjson.append("{\"id\":\"").append(id).append("\",\"state\":\"a state in one line\",\"amount\":1}\n\n");
        }
        write("large.csv", csv.toString());
        write("large.ndjson", ndjson.toString());
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckdb.createStatement()) {
            statement.execute(
                    "COPY (SELECT CASE WHEN i % 1000 = 7 THEN 'x' ELSE '' END || i AS id, sha256(i::TEXT) AS state,"
                            + " 1 AS amount FROM range(" + rows + ") AS r(i)) TO '"
                            + folder.resolve("data/large.parquet") + "' (FORMAT parquet, ROW_GROUP_SIZE 2048)");
        }
        for (String format : new String[] {"csv", "ndjson", "parquet"}) {
            pipeline("*." + format, "{type: " + format + "}", "write: replace", "rejects: {maxShare: 0.5}");
            List<Run> runs = both();
            Run cut = run(runs, "cut");
            assertThat(cut.steps().getFirst().slices()).as(format).isNotNull();
            assertThat(millrace.log(cut)).anyMatch(line -> line.matches(".*1 of 1 file cut, into [3-7] parts, .*"));
            same(rows - 12);
            assertThat(rejects(cut)).as(format).hasSize(12).isEqualTo(rejects(run(runs, "whole")));
        }
    }

    private List<String> rejects(Run run) throws Exception {
        return millrace.rejects(run).stream()
                .map(reject -> reject.part() + " " + reject.row() + " " + reject.line() + " " + reject.value() + " "
                        + reject.reason())
                .toList();
    }
}
