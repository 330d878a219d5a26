package dev.millrace.pipeline;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The pipeline files under {@code src/test/resources/pipelines}. */
final class SampleFiles {
    private SampleFiles() {}

    static String text(String name) {
        try {
            return java.nio.file.Files.readString(folder(".").resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Names of the files in a folder, in order. */
    static List<String> in(String folder) {
        try (Stream<Path> files = java.nio.file.Files.list(folder(folder))) {
            return files.map(file -> folder + "/" + file.getFileName()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder(String name) {
        try {
            return Path.of(Objects.requireNonNull(SampleFiles.class.getResource("/pipelines"))
                            .toURI())
                    .resolve(name);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
