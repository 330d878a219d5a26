package dev.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs that are cut into slices beside runs that aren't: of many small files, and of one large file of CSV. Each has services of its own, which
 * have read a few files before, so that peaks of memory are its own.
 */
final class Slices implements Benchmark {
    private static final int RECORDS_OF_FILE = 10;
    private static final int FILES_OF_FOLDER = 1_000;
    private static final int FILES_BEFORE = 100;
    private static final Duration LONGEST = Duration.ofHours(4);
    private static final double GIGABYTE = 1e9;

    /**
     * @param files small ones; 0: none
     * @param gigabytes of the large one; 0: there is none
     * @param slices of a run that is cut
     */
    record Sizes(int files, int gigabytes, int slices) {}

    /** What was measured of a run. */
    private record Measured(Installation.Run run, Map<String, Long> before, Map<String, Long> peaks) {
        Duration read() {
            return run.step("EXTRACT").plus(run.step("TRANSFORM"));
        }
    }

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        Sizes sizes = environment.slices();
        List<Measurement> measurements = new ArrayList<>();
        if (sizes.files() > 0) {
            Path folder = environment.folder().resolve("small");
            long bytes = writeSmall(folder, sizes.files());
            Measured whole = run(environment, folder, "");
            Measured cut = run(environment, folder, scale(sizes));
            String what = String.format(Locale.ROOT, "%,d files of %,d bytes", sizes.files(), bytes / sizes.files());
            compare(measurements, what, sizes.slices(), whole, cut);
            Main.remove(folder);
        }
        if (sizes.gigabytes() > 0) {
            Path folder = environment.folder().resolve("large");
            long bytes = writeLarge(folder, 1);
            Measured whole = run(environment, folder, "");
            Measured cut = run(environment, folder, scale(sizes));
            compare(measurements, gigabytes(bytes), sizes.slices(), whole, cut);
            if (sizes.gigabytes() > 1) {
                long more = writeLarge(folder, sizes.gigabytes());
                larger(measurements, bytes, cut, more, run(environment, folder, scale(sizes)));
            }
            Main.remove(folder);
        }
        return measurements;
    }

    private static String scale(Sizes sizes) {
        return "\n    scale: {slices: " + sizes.slices() + "}";
    }

    private static String gigabytes(long bytes) {
        return String.format(Locale.ROOT, "One file of CSV, %.1f GB", bytes / GIGABYTE);
    }

    /** @return bytes of all */
    private static long writeSmall(Path folder, int files) throws IOException {
        Path one = Files.createDirectories(folder).resolve("one");
        Records.writeCsv(one, RECORDS_OF_FILE);
        byte[] content = Files.readAllBytes(one);
        Files.delete(one);
        for (int i = 0; i < files; i++) {
            Path within = folder.resolve(String.valueOf(i / FILES_OF_FOLDER));
            if (i % FILES_OF_FOLDER == 0) {
                Files.createDirectory(within);
            }
            Files.write(within.resolve(i + ".csv"), content);
        }
        return (long) files * content.length;
    }

    private static long writeLarge(Path folder, int gigabytes) throws IOException {
        Path file = Files.createDirectories(folder).resolve("large.csv");
        Records.writeCsv(file, 10_000);
        Records.writeCsv(file, (long) (gigabytes * GIGABYTE / (Files.size(file) / 10_000.0)));
        return Files.size(file);
    }

    private static Measured run(BenchmarkEnvironment environment, Path folder, String scale) throws Exception {
        Path before = environment.folder().resolve("before");
        long _ = writeSmall(before, FILES_BEFORE);
        String files = "{pattern: \"**/*.csv\", format: {type: csv}}" + scale;
        Map<String, String> pipelines = Map.of(
                "measured", Orders.ofFiles("measured", folder, files, Records.CSV_SCHEMA),
                "before", Orders.ofFiles("before", before, files, Records.CSV_SCHEMA));
        try (Installation millrace = Installation.start(environment.root(), environment.folder(), pipelines)) {
            Installation.Run _ = millrace.run("before", "orders");
            Map<String, Long> peaks = new TreeMap<>(millrace.peakMemory());
            return new Measured(millrace.run("measured", "orders", LONGEST), peaks, millrace.peakMemory());
        } finally {
            Main.remove(before);
        }
    }

    private static void compare(List<Measurement> measurements, String what, int slices, Measured whole, Measured cut) {
        if (cut.run().loaded() != whole.run().loaded()) {
            throw new IllegalStateException("cut: " + cut.run().loaded() + " rows (expected: "
                    + whole.run().loaded() + ", as whole)");
        }
        measurements.add(Measurement.against(
                what + ", cut into " + slices + " slices, to staged Parquet", cut.read(), "whole", whole.read(), ""));
        measurements.add(Measurement.against(
                "The same, to the table", cut.run().seen(), "whole", whole.run().seen(), ""));
        whole.peaks()
                .forEach((service, peak) -> measurements.add(new Measurement(
                        "Peak memory of " + service + ", "
                                + megabytes(cut.before().getOrDefault(service, 0L)) + " before",
                        megabytes(cut.peaks().getOrDefault(service, 0L)),
                        "whole: " + megabytes(peak),
                        "",
                        "flat")));
    }

    private static void larger(List<Measurement> measurements, long bytes, Measured cut, long more, Measured larger) {
        measurements.add(Measurement.against(
                gigabytes(more) + ", cut, to the table, for each GB",
                of(larger.run().seen(), more),
                gigabytes(bytes),
                of(cut.run().seen(), bytes),
                "1.1×"));
        cut.peaks()
                .forEach((service, peak) -> measurements.add(new Measurement(
                        "Peak memory of " + service,
                        megabytes(larger.peaks().getOrDefault(service, 0L)),
                        gigabytes(bytes) + ": " + megabytes(peak),
                        "",
                        "flat")));
    }

    private static Duration of(Duration all, long bytes) {
        return Duration.ofMillis((long) (all.toMillis() / (bytes / GIGABYTE)));
    }

    private static String megabytes(long bytes) {
        return bytes / 1_000_000 + " MB";
    }
}
