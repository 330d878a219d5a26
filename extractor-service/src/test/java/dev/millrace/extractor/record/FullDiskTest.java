package dev.millrace.extractor.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Upload;
import dev.millrace.task.Work;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FullDiskTest {
    /** A disk that takes a kilobyte. */
    private static OutputStream full(Upload upload) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                if (upload.bytes() >= 1024) {
                    throw new IOException("No space left on device");
                }
                upload.stream().write(b);
                upload.stream().flush();
            }
        };
    }

    @Test
    void saysThatStagingIsFullAndLeavesNothingBehind(@TempDir Path folder) throws IOException {
        byte[] noise = new byte[1_000_000];
        new Random(1).nextBytes(noise);
        noise[noise.length - 1] = '\n';

        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> {
                    try (StagedLines lines = new StagedLines(
                            new StoreByStreams(new LocalStagingStore(folder), FullDiskTest::full),
                            "a/part",
                            1 << 30,
                            Work.Parts.TO_TRANSFORM)) {
                        lines.write(noise, 0, noise.length);
                        lines.finish();
                    }
                })
                .satisfies(failure -> {
                    assertThat(failure.code()).isEqualTo(ErrorCode.STAGING_UNAVAILABLE);
                    assertThat(failure.detail())
                            .isEqualTo("can't write a/part-00000.ndjson.zst in staging: No space left on device");
                });
        try (var files = Files.list(folder.resolve("a"))) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void saysThatTheScratchFolderCantBeUsed(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        try (Spool spool = new Spool(file, 16)) {
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(() -> spool.line(new byte[100], 0, 100))
                    .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.STAGING_UNAVAILABLE));
        }
    }
}
