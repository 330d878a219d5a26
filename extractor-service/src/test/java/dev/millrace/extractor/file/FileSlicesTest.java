package dev.millrace.extractor.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Outcome;
import dev.millrace.task.Slice;
import dev.millrace.task.Work;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of a run that is cut into slices. */
class FileSlicesTest {
    /** Bytes from which on it is worth it to cut a file. */
    private static final int LARGE = 300_000;

    private static ExtractorUnderTest extractor;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start(@TempDir Path service) throws IOException {
        extractor = new ExtractorUnderTest(service, Map.of("millrace.extractor.part-bytes", LARGE));
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    private Work.Extract work(Missing missing) {
        return new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection("**/*.ndjson", new Format.Ndjson(), missing), null),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private void file(String name, int... ids) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        StringBuilder lines = new StringBuilder();
        for (int id : ids) {
            lines.append("{\"id\":").append(id).append("}\n");
        }
        Files.writeString(file, lines);
    }

    private Outcome.Planned plan(int slices) throws InterruptedException {
        Outcome outcome = extractor
                .extract(new Work.PlanSlices(work(Missing.ALLOW), slices))
                .outcome();
        assertThat(outcome).isInstanceOf(Outcome.Planned.class);
        return (Outcome.Planned) outcome;
    }

    private ExtractorUnderTest.Result extract(Outcome.Planned plan, int number) throws InterruptedException {
        return extractor.extract(
                new Work.ExtractSlice(work(Missing.ALLOW), plan.plan(), new Slice(1, number, plan.slices())));
    }

    @Test
    void slicesTogetherHaveTheRecordsOfTheWholeInItsOrder() throws Exception {
        file("b.ndjson", 1, 2);
        file("a/b.ndjson", 3);
        file("a.ndjson", 4, 5, 6);
        file("a/c/d.ndjson", 7);
        file("a-b.ndjson", 8);
        file("c.csv");
        List<String> whole = extractor.records(work(Missing.FAIL));
        for (int slices = 1; slices <= 7; slices++) {
            Outcome.Planned plan = plan(slices);
            assertThat(plan.slices()).isEqualTo(Math.min(slices, 5));
            assertThat(plan.inputs()).isEqualTo(5);
            List<String> records = new ArrayList<>();
            for (int number = 1; number <= plan.slices(); number++) {
                records.addAll(extractor.records(extract(plan, number)));
            }
            assertThat(records).as("%d slices", slices).isEqualTo(whole).hasSize(8);
        }
    }

    @Test
    void aLargeFileIsCutAndTheOthersAreNot() throws Exception {
        file("a.ndjson", 1, 2);
        file("b.ndjson", IntStream.range(0, 150_000).toArray()); // 2 MB
        file("c.ndjson", 3);
        List<String> whole = extractor.records(work(Missing.FAIL));
        Outcome.Planned plan = plan(6);
        assertThat(plan.slices()).isEqualTo(6);
        assertThat(plan.inputs()).isEqualTo(8);
        List<String> records = new ArrayList<>();
        for (int number = 1; number <= plan.slices(); number++) {
            List<String> some = extractor.records(extract(plan, number));
            assertThat(some.size()).isBetween(15_000, 40_000);
            records.addAll(some);
        }
        assertThat(records).isEqualTo(whole).hasSize(150_003);
    }

    @Test
    void aLargeFileThatChangesBetweenItsPartsFailsByItsName() throws Exception {
        file("a.ndjson", IntStream.range(0, 150_000).toArray());
        Outcome.Planned plan = plan(4);
        assertThat(plan.slices()).isEqualTo(4);
        FileTime planned = Files.getLastModifiedTime(folder.resolve("a.ndjson"));
        file("a.ndjson", IntStream.range(1, 150_001).map(i -> i % 150_000).toArray());
        assertThat(extract(plan, 2).failure(ErrorCode.SOURCE_INCONSISTENT))
                .isEqualTo("a.ndjson was changed or removed after the run was cut into slices");
        Files.setLastModifiedTime(folder.resolve("a.ndjson"), planned);
        assertThat(extract(plan, 2).failure(ErrorCode.SOURCE_INCONSISTENT))
                .startsWith("a.ndjson: bytes ")
                .endsWith(", as when the run was cut into slices)");
    }

    @Test
    void aLargeFileThatIsPackedStaysWhole() throws Exception {
        byte[] bytes = new byte[3 * LARGE];
        new Random(1).nextBytes(bytes);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve("a.ndjson")))) {
            out.write(HexFormat.of()
                    .formatHex(bytes)
                    .replaceAll("(.{100})", "\"$1\"\n")
                    .getBytes(UTF_8));
        }
        assertThat(plan(6).inputs()).isEqualTo(1);
    }

    @Test
    void aFolderWithoutFilesIsOneEmptySliceOrAFailureAsTheFileSays() throws Exception {
        Outcome.Planned plan = plan(4);
        assertThat(plan.slices()).isEqualTo(1);
        assertThat(extractor.records(extract(plan, 1))).isEmpty();
        assertThat(extractor.extract(new Work.PlanSlices(work(Missing.FAIL), 4)).failure(ErrorCode.SOURCE_EMPTY))
                .contains("no file in " + folder);
    }

    @Test
    void aFileThatHasChangedSinceThePlanOrIsGoneFailsItsSliceByName() throws Exception {
        file("a.ndjson", 1);
        file("b.ndjson", 2);
        file("c.ndjson", 3);
        Outcome.Planned plan = plan(3);
        Files.setLastModifiedTime(folder.resolve("a.ndjson"), FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
        Files.delete(folder.resolve("b.ndjson"));
        assertThat(extract(plan, 1).failure(ErrorCode.SOURCE_INCONSISTENT))
                .isEqualTo("a.ndjson was changed or removed after the run was cut into slices");
        assertThat(extract(plan, 2).failure(ErrorCode.SOURCE_INCONSISTENT))
                .isEqualTo("b.ndjson was changed or removed after the run was cut into slices");
        file("d.ndjson", 4); // which the plan doesn't know
        assertThat(extractor.records(extract(plan, 3))).containsExactly("{\"id\":3}");
    }

    @Test
    void brokenLinksAndLinksToFoldersAroundThemAreNoFiles() throws Exception {
        file("a/a.ndjson", 1);
        Files.createSymbolicLink(folder.resolve("a/up"), folder);
        Files.createSymbolicLink(folder.resolve("broken.ndjson"), folder.resolve("nowhere"));
        Files.createSymbolicLink(folder.resolve("self.ndjson"), folder.resolve("self.ndjson"));
        Files.createSymbolicLink(folder.resolve("b"), folder.resolve("a"));
        assertThat(extractor.records(work(Missing.FAIL))).hasSize(2); // in a, and in b, which is a
        assertThat(plan(9).inputs()).isEqualTo(2);
    }

    @Test
    void slicesAreOfAboutTheSameWeight() {
        long mega = 1 << 20;
        assertThat(FilePlan.slices(new long[] {}, 3)).containsExactly(0L);
        assertThat(FilePlan.slices(new long[] {mega}, 3)).containsExactly(1L);
        assertThat(FilePlan.slices(new long[] {mega, mega, mega, mega, mega, mega}, 3))
                .containsExactly(2L, 2L, 2L);
        assertThat(FilePlan.slices(new long[] {100 * mega, mega, mega, mega}, 2))
                .containsExactly(1L, 3L);
        assertThat(FilePlan.slices(new long[] {mega, mega, mega, 100 * mega}, 2))
                .containsExactly(3L, 1L);
        assertThat(FilePlan.slices(new long[] {mega, mega, 100 * mega, 1, 1}, 5))
                .containsExactly(1L, 1L, 1L, 1L, 1L);
    }
}
