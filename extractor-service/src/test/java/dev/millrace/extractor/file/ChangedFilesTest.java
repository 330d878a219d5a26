package dev.millrace.extractor.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSelection.Reading;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Manifest;
import dev.millrace.task.CommittedCursor;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R4.3, R5.2: which files a run reads when others were loaded before. */
class ChangedFilesTest {
    private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2026-01-31T12:00:00Z"));

    private static ExtractorUnderTest extractor;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start(@TempDir Path service) throws IOException {
        extractor = new ExtractorUnderTest(service, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    private void file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, LONG_AGO);
    }

    private Work.ExtractNew work(Reading read, boolean full, @Nullable String cursor) {
        FileSelection files = new FileSelection("*.ndjson", new Format.Ndjson(), Missing.ALLOW, null, read);
        return new Work.ExtractNew(new Work.ExtractIncrement(
                new Work.Extract(
                        new FileSource(folder.toString()),
                        new FileRead(files, null),
                        List.of(),
                        Work.Parts.TO_TRANSFORM),
                full,
                new CommittedCursor(cursor)));
    }

    /** What a run has read, and the cursor that it moves to. */
    private record Read(List<String> records, @Nullable String cursor, List<String> log) {}

    private Read read(Work work) throws Exception {
        ExtractorUnderTest.Result result = extractor.extract(work);
        Manifest manifest = extractor.manifest(result);
        return new Read(extractor.records(result), manifest.nextCursor(), result.log());
    }

    private Read read(@Nullable String cursor) throws Exception {
        return read(work(Reading.CHANGED, false, cursor));
    }

    @Test
    void aFileIsReadOnceAndThoseThatComeLaterAre() throws Exception {
        file("1.ndjson", "{\"n\":1}\n");
        file("2.ndjson", "{\"n\":2}\n");
        Read first = read((String) null);
        assertThat(first.records()).containsExactly("{\"n\":1}", "{\"n\":2}");
        assertThat(first.cursor()).matches("state/.+/.+/0000000001-run-\\d+-1\\.ndjson\\.gz");

        Read second = read(first.cursor());
        assertThat(second.records()).isEmpty();
        file("3.ndjson", "{\"n\":3}\n");
        Read third = read(second.cursor());
        assertThat(third.records()).containsExactly("{\"n\":3}");
        assertThat(third.cursor()).contains("/000000000");
        assertThat(third.log()).contains("INFO 1 of 3 files read; 2 were loaded before and are as they were");
        assertThat(read(third.cursor()).records()).isEmpty();
        assertThat(read(first.cursor()).records())
                .as("of a run whose load didn't come about")
                .containsExactly("{\"n\":3}");
    }

    @Test
    void whatAnEarlierVersionHasStoredOfARunReadsTheSame() throws Exception {
        file("1.ndjson", "{\"n\":1}\n");
        Read first = read(work(Reading.NEW, false, null).increment());
        assertThat(first.records()).containsExactly("{\"n\":1}");
        file("2.ndjson", "{\"n\":2}\n");
        assertThat(read(work(Reading.NEW, false, first.cursor()).increment()).records())
                .containsExactly("{\"n\":2}");
    }

    @Test
    void aFileThatWasChangedIsReadAgainWhateverItsTimeAndSizeSay() throws Exception {
        file("1.ndjson", "{\"n\":1}\n");
        file("2.ndjson", "{\"n\":2}\n");
        Read first = read((String) null);
        file("1.ndjson", "{\"n\":7}\n");
        assertThat(read(first.cursor()).records()).containsExactly("{\"n\":7}");
        file("1.ndjson", "{\"n\":1}\n{\"n\":8}\n");
        assertThat(read(first.cursor()).records()).containsExactly("{\"n\":1}", "{\"n\":8}");
    }

    @Test
    void aFileThatIsWrittenAgainAsItWasIsNotReadAgain() throws Exception {
        file("1.ndjson", "{\"n\":1}\n");
        Read first = read((String) null);
        Files.delete(folder.resolve("1.ndjson"));
        Files.writeString(folder.resolve("1.ndjson"), "{\"n\":1}\n");
        assertThat(read(first.cursor()).records()).isEmpty();
    }

    @Test
    void aFileThatIsGoneStaysLoaded() throws Exception {
        file("1.ndjson", "{\"n\":1}\n");
        file("2.ndjson", "{\"n\":2}\n");
        Read first = read((String) null);
        Files.delete(folder.resolve("1.ndjson"));
        Read second = read(first.cursor());
        assertThat(second.records()).isEmpty();
        file("1.ndjson", "{\"n\":1}\n");
        assertThat(read(second.cursor()).records()).isEmpty();
    }

    @Test
    void ofNewFilesOneThatHasChangedFailsTheRun() throws Exception {
        file("1.ndjson", "{\"n\":1}\n");
        ExtractorUnderTest.Result loaded = extractor.extract(work(Reading.NEW, false, null));
        String cursor = extractor.manifest(loaded).nextCursor();
        file("1.ndjson", "{\"n\":2}\n");
        assertThat(extractor.extract(work(Reading.NEW, false, cursor)).failure(ErrorCode.SOURCE_INCONSISTENT))
                .isEqualTo("1.ndjson has changed since run " + loaded.task().run()
                        + " has loaded it, with read: new (expected: a file that is never changed, or read: changed and a"
                        + " table that is merged)");
    }

    @Test
    void aFullRunReadsAllFilesAndItsListIsNewer() throws Exception {
        file("1.ndjson", "{\"n\":1}\n");
        Read first = read((String) null);
        Read full = read(work(Reading.CHANGED, true, first.cursor()));
        assertThat(full.records()).containsExactly("{\"n\":1}");
        assertThat(full.cursor()).contains("/0000000002-");
    }

    @Test
    void noFileLeavesNothingToRemember() throws Exception {
        assertThat(read((String) null).cursor()).isNull();
    }

    @Test
    void aListThatIsGoneOrDamagedFailsTheRun() throws Exception {
        file("1.ndjson", "{\"n\":1}\n");
        assertThat(extractor
                        .extract(work(Reading.CHANGED, false, "state/a/b/0000000009-x-1.ndjson.gz"))
                        .failure(ErrorCode.STAGING_CORRUPT))
                .isEqualTo(
                        "the list of the files that are loaded, state/a/b/0000000009-x-1.ndjson.gz, is not in staging"
                                + " (expected: a full run, or the cursor set to none, after which all files are read)");
        assertThat(extractor.extract(work(Reading.CHANGED, false, "2026-01-31")).failure(ErrorCode.STAGING_CORRUPT))
                .startsWith("the list of the files that are loaded, 2026-01-31, is not in staging");
        boolean made = extractor
                .service()
                .staging()
                .createIfAbsent("state/a/b/0000000009-y-1.ndjson.gz", "no gzip".getBytes(StandardCharsets.UTF_8));
        assertThat(made).isTrue();
        assertThat(extractor
                        .extract(work(Reading.CHANGED, false, "state/a/b/0000000009-y-1.ndjson.gz"))
                        .failure(ErrorCode.STAGING_CORRUPT))
                .startsWith("state/a/b/0000000009-y-1.ndjson.gz can't be read: ");
    }
}
