package dev.millrace.standalone;

import dev.millrace.pipeline.PipelineReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The buckets that pipelines publish to. */
final class PipelineBuckets {
    private PipelineBuckets() {}

    /** By the files that there are now; of those with errors the gateway tells. */
    static Set<String> in(List<Path> folders) {
        Set<String> buckets = new TreeSet<>();
        for (Path folder : folders) {
            if (Files.isDirectory(folder)) {
                try (Stream<Path> entries = Files.list(folder)) {
                    entries.map(entry -> Files.isDirectory(entry) ? entry.resolve("pipeline.yaml") : entry)
                            .filter(file -> file.toString().endsWith(".yaml") && Files.isRegularFile(file))
                            .forEach(file -> add(file, buckets));
                } catch (IOException e) {
                    throw new UncheckedIOException("can't read the pipelines in " + folder, e);
                }
            }
        }
        return buckets;
    }

    private static void add(Path file, Set<String> buckets) {
        if (PipelineReader.read(file) instanceof PipelineReader.Result.Valid valid) {
            buckets.addAll(valid.pipeline().buckets());
        }
    }
}
