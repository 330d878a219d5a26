package dev.millrace.extractor.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import dev.millrace.task.Work;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FullDiskTest {
    /** A store whose disk takes a kilobyte. */
    private record FullStore(StagingStore store) implements StagingStore {
        @Override
        public boolean replace(String path, byte[] expected, byte[] content) {
            return store.replace(path, expected, content);
        }

        @Override
        public boolean createIfAbsent(String path, byte[] content) {
            return store.createIfAbsent(path, content);
        }

        @Override
        public Upload upload(String path) {
            Upload upload = store.upload(path);
            return new Upload() {
                @Override
                public OutputStream stream() {
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

                @Override
                public long bytes() {
                    return upload.bytes();
                }

                @Override
                public Part commit(long rows) {
                    return upload.commit(rows);
                }

                @Override
                public void close() {
                    upload.close();
                }
            };
        }

        @Override
        public Optional<String> version(String path) {
            return store.version(path);
        }

        @Override
        public boolean replace(String path, Optional<String> version, Part content) {
            return store.replace(path, version, content);
        }

        @Override
        public boolean delete(String path, String version) {
            return store.delete(path, version);
        }

        @Override
        public InputStream open(String path) {
            return store.open(path);
        }

        @Override
        public InputStream open(Part part) {
            return store.open(part);
        }

        @Override
        public Path fetch(Part part, Path scratch) {
            return store.fetch(part, scratch);
        }

        @Override
        public java.net.URI uri(String path) {
            throw new AssertionError();
        }

        @Override
        public Part describe(String path) {
            return store.describe(path);
        }

        @Override
        public boolean exists(String path) {
            return store.exists(path);
        }

        @Override
        public List<String> list(String prefix) {
            return store.list(prefix);
        }

        @Override
        public void deleteAll(String prefix) {
            store.deleteAll(prefix);
        }
    }

    @Test
    void saysThatStagingIsFullAndLeavesNothingBehind(@TempDir Path folder) throws IOException {
        byte[] noise = new byte[1_000_000];
        new Random(1).nextBytes(noise);
        noise[noise.length - 1] = '\n';

        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> {
                    try (StagedLines lines = new StagedLines(
                            new FullStore(new LocalStagingStore(folder)), "a/part", 1 << 30, Work.Parts.TO_TRANSFORM)) {
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
