package dev.millrace.benchmarks;

import io.micronaut.core.annotation.Nullable;
import java.nio.file.Path;

/**
 * The clone, folder and sizes of a measurement.
 *
 * @param root of a clone of Millrace
 * @param folder for files, some gigabytes of them; the caller removes it
 * @param records of the larger runs
 * @param against root of a clone in another state, to be compared with; null: none
 * @param slices what runs that are cut into slices read
 */
record BenchmarkEnvironment(
        Path root, Path folder, long records, @Nullable Path against, Slices.Sizes slices) {}
