package dev.millrace.benchmarks;

import java.nio.file.Path;

/**
 * The clone, folder and sizes of a measurement.
 *
 * @param root of a clone of Millrace
 * @param folder for files, some gigabytes of them; the caller removes it
 * @param records of the larger runs
 */
record BenchmarkEnvironment(Path root, Path folder, long records) {}
