package dev.millrace.extractor.file;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.extractor.SampleUnderTest;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.Problem;
import dev.millrace.task.Sample;
import dev.millrace.task.Work;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSampleTest {
    private static final Format.Csv CSV = new Format.Csv(true, List.of(), ",", "UTF-8", 0, null, "\"", null, false);

    private static ExtractorUnderTest extractor;
    private static SampleUnderTest samples;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start(@TempDir Path service) throws IOException {
        extractor = new ExtractorUnderTest(service, Map.of());
        samples = new SampleUnderTest(extractor);
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertThat(extractor.everythingWritten()).isEmpty();
    }

    private Work work(String pattern, Format format) {
        return new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection(pattern, format, Missing.FAIL), null),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private void write(String name, int rows) throws IOException {
        Files.writeString(
                folder.resolve(name),
                IntStream.rangeClosed(1, rows)
                        .mapToObj(id -> id + "," + name)
                        .collect(joining("\n", "id,name\n", "\n")));
    }

    @Test
    void readsFilesUntilThereAreEnoughRecords() throws Exception {
        write("a.csv", 3);
        write("b.csv", 100_000);
        Files.writeString(folder.resolve("c.csv"), "never,read,since\nit is broken");

        Sample sample = samples.take(work("*.csv", CSV), 5);

        assertThat(SampleUnderTest.lines(sample))
                .containsExactly(
                        "{\"id\":\"1\",\"name\":\"a.csv\"}",
                        "{\"id\":\"2\",\"name\":\"a.csv\"}",
                        "{\"id\":\"3\",\"name\":\"a.csv\"}",
                        "{\"id\":\"1\",\"name\":\"b.csv\"}",
                        "{\"id\":\"2\",\"name\":\"b.csv\"}");
        assertThat(sample.origins())
                .extracting(origin -> origin.place() + ":" + origin.line())
                .containsExactly("a.csv:2", "b.csv:2");
        assertThat(sample.complete()).isFalse();
        assertThat(sample.texts()).isTrue();
    }

    @Test
    void countsRejectsAmongTheRecords() throws Exception {
        Files.writeString(folder.resolve("a.csv"), "id,name\n1\n2,b\n3\n4,d\n");

        Sample sample = samples.take(work("*.csv", CSV), 3);

        assertThat(SampleUnderTest.lines(sample)).containsExactly("{\"id\":\"2\",\"name\":\"b\"}");
        assertThat(sample.rejected()).isEqualTo(2);
        assertThat(sample.complete()).isFalse();
        assertThat(samples.take(work("*.csv", CSV), 4).complete()).isTrue();
    }

    @Test
    void readsTheFirstOfManyLinesOfJson() throws Exception {
        Files.writeString(folder.resolve("a.ndjson"), "{\"id\":1}\n".repeat(100_000));

        Sample sample = samples.take(work("*.ndjson", new Format.Ndjson()), 1000);

        assertThat(SampleUnderTest.lines(sample)).hasSize(1000);
        assertThat(sample.texts()).isFalse();
    }

    @Test
    void triesAFolder() throws Exception {
        assertThat(samples.check(work("*.csv", CSV)))
                .containsExactly("FAILED finds files: SOURCE_EMPTY: no file in " + folder + " matches '*.csv'");
        write("a.csv", 3);
        write("b.csv", 3);
        assertThat(samples.check(work("*.csv", CSV)))
                .containsExactly(
                        "ok finds files: 2 in " + folder + ", the first is a.csv", "ok reads: a record is there");
    }

    @Test
    void failsWhereNoFileMatches() throws Exception {
        Problem problem = samples.refusal(work("*.csv", CSV), 20);

        assertThat(problem.code()).isEqualTo(ErrorCode.SOURCE_EMPTY.name());
        assertThat(problem.detail()).isEqualTo("no file in " + folder + " matches '*.csv'");
    }
}
