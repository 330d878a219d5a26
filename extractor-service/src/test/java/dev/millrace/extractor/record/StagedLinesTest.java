package dev.millrace.extractor.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import dev.millrace.task.Work;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagedLinesTest {
    /** What packs has its memory outside of the heap, and gives it back when it has written the end of what it packs. */
    @Test
    void whatPacksAPartIsClosedWhenTheExtractionFails(@TempDir Path folder) throws IOException {
        byte[] line = "{\"n\":1}".getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (StagedLines lines = new StagedLines(
                new StoreByStreams(new LocalStagingStore(folder), _ -> packed),
                "a/part",
                1 << 30,
                Work.Parts.TO_TRANSFORM)) {
            lines.line(line, 0, line.length);
        }
        try (InputStream in =
                Ndjson.decompress(Manifest.Format.NDJSON_ZSTD, new ByteArrayInputStream(packed.toByteArray()))) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("{\"n\":1}\n");
        }
        try (var files = Files.list(folder.resolve("a"))) {
            assertThat(files).isEmpty();
        }
    }
}
