package dev.millrace.transformer;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import io.micronaut.core.convert.format.ReadableBytes;
import jakarta.validation.constraints.Min;
import java.nio.file.Path;

/**
 * The configuration of the transformer.
 *
 * @param scratch folder on a local disk; each process works in a subfolder of its own and removes it; null: {@code
 *     millrace-transformer} in the system's folder for temporary files
 * @param memoryLimit of the engine, for each task, such as 512MB; null: its share of what the
 *     machine or container has beside the heap
 * @param threads that one task uses; null: one for each processor
 * @param partSize of the Parquet parts, about; a task needs scratch space of ten times as much
 */
@ConfigurationProperties("millrace.transformer")
record TransformerConfig(
        @Nullable Path scratch,
        @Nullable @ReadableBytes Long memoryLimit,
        @Nullable @Min(1) Integer threads,
        @Bindable(defaultValue = "128MB") @ReadableBytes long partSize) {
    Path scratchFolder() {
        return scratch == null ? Path.of(System.getProperty("java.io.tmpdir"), "millrace-transformer") : scratch;
    }
}
