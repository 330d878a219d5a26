package dev.millrace.transformer;

import static dev.millrace.transformer.Columns.column;
import static dev.millrace.transformer.Columns.formatted;
import static dev.millrace.transformer.Columns.required;
import static dev.millrace.transformer.Columns.withDefault;
import static dev.millrace.transformer.TransformerUnderTest.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.pipeline.Column;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Part;
import dev.millrace.staging.Upload;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailureTest {
    private static final List<Column> ID = List.of(required("id", Column.Type.INTEGER));

    @TempDir
    Path folder;

    private TransformerUnderTest transformer;

    @BeforeEach
    void start() throws Exception {
        transformer = TransformerUnderTest.start(
                folder, Map.of("millrace.transformer.memory-limit", "256MB", "millrace.transformer.part-size", "1MB"));
    }

    @AfterEach
    void stop() {
        transformer.close();
    }

    @Test
    void aPartWithOtherRowsThanItsManifestSaysFailsTheTask() throws Exception {
        String run = transformer.nextRun();
        Part part = transformer.stagePart(run, 0, bytes("{\"id\":1}", "{\"id\":2}"), 3);

        Outcome.Failed failed = transformer.failure(transformer.task(run, ID, List.of(part)));

        assertThat(failed.code()).isEqualTo(ErrorCode.STAGING_CORRUPT);
        assertThat(failed.detail()).isEqualTo(part.path() + ": 2 records (expected: 3)");
        assertThat(scratchFiles()).isEmpty();
        assertThat(transformer.service.staging().list("runs/" + run + "/rows/transform/1/"))
                .containsExactly("runs/" + run + "/rows/transform/1/OWNER");
    }

    @Test
    void aPartThatIsNotWholeZstdFailsTheTask() throws Exception {
        assertThat(failure("no zstd".getBytes(StandardCharsets.UTF_8), 0)).contains("is not whole zstd");
        Task whole = transformer.task(ID, List.of(bytes("{\"id\":1}", "{\"id\":2}")));
        byte[] stored;
        try (var in =
                transformer.service.staging().open("runs/" + whole.run() + "/rows/extract/1/part-00000.ndjson.zst")) {
            stored = in.readAllBytes();
        }
        assertThat(failure(java.util.Arrays.copyOf(stored, stored.length - 9), 0))
                .contains("is not whole zstd");
        stored[stored.length / 2] ^= 0x55;
        assertThat(failure(stored, 0)).contains("part-00000.ndjson.zst");
    }

    private String failure(byte[] stored, long rows) throws Exception {
        String run = transformer.nextRun();
        Part part;
        try (Upload upload = transformer
                .service
                .staging()
                .upload(Task.folder(run, "rows", Step.EXTRACT, 1) + "/part-00000.ndjson.zst")) {
            upload.stream().write(stored);
            part = upload.commit(rows);
        }
        Outcome.Failed failed = transformer.failure(transformer.task(run, ID, List.of(part)));
        assertThat(failed.code()).isEqualTo(ErrorCode.STAGING_CORRUPT);
        return failed.detail();
    }

    @Test
    void aPartOrManifestThatIsGoneFailsTheTask() throws Exception {
        String run = transformer.nextRun();
        Part gone = new Part("runs/" + run + "/rows/extract/1/part-00000.ndjson.zst", 1, 40, "00000000");

        Outcome.Failed part = transformer.failure(transformer.task(run, ID, List.of(gone)));
        Outcome.Failed manifest = transformer.failure(transformer.gateway.task(
                "none", TransformerUnderTest.work("runs/none/manifest.json", TransformerUnderTest.plain(ID))));

        assertThat(part.code()).isEqualTo(ErrorCode.STAGING_CORRUPT);
        assertThat(part.detail()).isEqualTo("staging lacks " + gone.path());
        assertThat(manifest.code()).isEqualTo(ErrorCode.STAGING_CORRUPT);
        assertThat(manifest.detail()).isEqualTo("staging lacks runs/none/manifest.json");
    }

    @Test
    void aDefaultThatIsNoValueOfItsColumnFailsTheTask() throws Exception {
        assertThat(refusal(withDefault("n", Column.Type.INTEGER, "9999999999999999999")))
                .startsWith("column n: default '9999999999999999999' ");
        assertThat(refusal(withDefault("j", Column.Type.JSON, "{]"))).startsWith("column j: default '{]' is not JSON");
    }

    @Test
    void aFormatThatCantGiveWhatTheTypeNeedsFailsTheTask() throws Exception {
        assertThat(refusal(formatted("d", Column.Type.DATE, "%m/%Y")))
                .isEqualTo(
                        "column d: format '%m/%Y': a date needs year, month and day, or year and day of the year (%j), or"
                                + " year, week and day of the week of ISO 8601 (%G, %V, %u)");
        assertThat(refusal(formatted("d", Column.Type.DATE, "%F%z"))).contains("needs the column's timezone");
        assertThat(refusal(formatted("d", Column.Type.DATETIME, "%s"))).contains("needs the column's timezone");
        assertThat(refusal(formatted("t", Column.Type.TIME, "%F %T"))).contains("TIME would lose the date");
        assertThat(refusal(formatted("t", Column.Type.TIME, "%I:%M"))).contains("%I and %p go together");
        assertThat(refusal(formatted("t", Column.Type.TIMESTAMP, "%T"))).contains("a moment needs a date");
        assertThat(refusal(formatted("d", Column.Type.DATE, "%F %d")))
                .contains("%d gives a part that is given already");
    }

    private String refusal(Column column) throws Exception {
        Outcome.Failed failed = transformer.failure(List.of(column), List.of(bytes("{}")));
        assertThat(failed.code()).isEqualTo(ErrorCode.PIPELINE_INVALID);
        return failed.detail();
    }

    @Test
    void aTaskThatIsStoppedEndsSoonAndLeavesNoScratchBehind() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 200_000; i++) {
            lines.append("{\"id\":").append(i).append(",\"s\":\"some text\"}\n");
        }
        byte[] part = lines.toString().getBytes(StandardCharsets.UTF_8);
        List<Column> schema = List.of(column("id", Column.Type.INTEGER), column("s", Column.Type.STRING));
        Task task = transformer.task(schema, List.of(part, part, part, part, part, part, part, part, part));

        assertThat(transformer.service.post(task)).isEqualTo(202);
        await().until(() -> !scratchFiles().isEmpty());
        transformer.gateway.stopEverything();

        await().until(() -> scratchFiles().isEmpty());
        assertThat(transformer.service.staging().exists(task.folder() + "/manifest.json"))
                .isFalse();
    }

    @Test
    void scratchOfAKilledProcessIsRemovedAtStartAndThatOfALivingOneIsNot() throws Exception {
        Path dead = transformer.scratch.resolve("7f1c");
        Files.createDirectories(dead.resolve("task-1/spill"));
        Files.writeString(dead.resolve("task-1/part-00000.parquet"), "half");
        Files.createFile(transformer.scratch.resolve("7f1c.lock"));
        List<Path> living;
        try (Stream<Path> files = Files.list(transformer.scratch)) {
            living = files.filter(file -> !file.toString().contains("7f1c")).toList();
        }

        try (TransformerUnderTest second = TransformerUnderTest.start(folder)) {
            assertThat(second.transform(ID, "{\"id\":1}").rows()).hasSize(1);

            assertThat(dead).doesNotExist();
            assertThat(transformer.scratch.resolve("7f1c.lock")).doesNotExist();
            assertThat(living).hasSize(2).allSatisfy(file -> assertThat(file).exists());
        }
        assertThat(transformer.transform(ID, "{\"id\":1}").rows()).hasSize(1);
    }

    /** Folders of tasks that work or that left them behind. */
    private List<Path> scratchFiles() throws IOException {
        try (Stream<Path> files = Files.walk(transformer.scratch)) {
            return files.filter(file -> Objects.requireNonNull(file.getParent())
                            .getFileName()
                            .toString()
                            .startsWith("engine-"))
                    .toList();
        } catch (java.io.UncheckedIOException e) {
            return List.of(transformer.scratch); // it vanished under the walk
        }
    }
}
