package dev.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One large file of CSV, one of NDJSON and one of Parquet to staged Parquet, beside DuckDB's COPY of the same columns on the same processors.
 * And the peak of the extractor's memory. 3,500,000 records are 1 GB of NDJSON, 0.6 GB of CSV, and 0.1 GB of Parquet.
 */
final class LargeFiles implements Benchmark {
    private static final int TIMES = 3;

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        Path folder = Files.createDirectories(environment.folder().resolve("files"));
        long records = environment.records();
        Path csv = folder.resolve("orders.csv");
        Path ndjson = folder.resolve("orders.ndjson");
        Records.writeCsv(csv, records);
        Records.write(ndjson, records);
        Path parquet = folder.resolve("orders.parquet");
        Comparisons.writeParquet(ndjson, parquet);
        Map<String, String> pipelines = Map.of(
                "csv", Orders.ofFiles("csv", folder, "{pattern: orders.csv, format: {type: csv}}", Records.CSV_SCHEMA),
                "ndjson",
                        Orders.ofFiles(
                                "ndjson", folder, "{pattern: orders.ndjson, format: {type: ndjson}}", Records.SCHEMA),
                "parquet",
                        Orders.ofFiles(
                                "parquet",
                                folder,
                                "{pattern: orders.parquet, format: {type: parquet}}",
                                Records.PARQUET_SCHEMA));
        List<Format> formats = List.of(
                new Format("CSV", csv, copy -> Comparisons.duckDbOfCsv(csv, copy)),
                new Format("NDJSON", ndjson, copy -> Comparisons.duckDb(ndjson, copy)),
                new Format("Parquet", parquet, copy -> Comparisons.duckDbOfParquet(parquet, copy)));
        List<Measurement> measurements = new ArrayList<>();
        try (Installation millrace = Installation.start(environment.root(), environment.folder(), pipelines)) {
            for (int i = 0; i <= TIMES; i++) { // in turns, so that other work on the machine meets all of them
                for (Format format : formats) {
                    format.measure(millrace, environment.folder().resolve("copy.parquet"));
                }
            }
            for (Format format : formats) {
                format.tell(measurements);
            }
            long peak = millrace.peakMemory().getOrDefault("extractor", 0L);
            measurements.add(
                    Measurement.of("Peak memory of the extractor for all of them", peak / 1_000_000 + " MB", "400 MB"));
        }
        return measurements;
    }

    /** DuckDB's COPY of a file, to another that is gone afterwards. */
    private interface Copy {
        Duration to(Path parquet) throws Exception;
    }

    /** One of the files, and what was measured of it. */
    private static final class Format {
        private static final String COPY = "DuckDB's COPY";

        private final String name;
        private final Path file;
        private final Copy copy;
        private final List<Installation.Run> runs = new ArrayList<>();
        private final List<Duration> extractor = new ArrayList<>();
        private final List<Duration> transformer = new ArrayList<>();
        private final List<Duration> copies = new ArrayList<>();
        private final List<Duration> copyProcessor = new ArrayList<>();

        Format(String name, Path file, Copy copy) {
            this.name = name;
            this.file = file;
            this.copy = copy;
        }

        void measure(Installation millrace, Path parquet) throws Exception {
            Duration alone = ProcessorTime.ofThisProcess();
            copies.add(copy.to(parquet));
            copyProcessor.add(ProcessorTime.ofThisProcess().minus(alone));
            Duration extracting = millrace.processorTime("extractor");
            Duration transforming = millrace.processorTime("transformer");
            runs.add(millrace.run(name.toLowerCase(Locale.ROOT), "orders"));
            extractor.add(millrace.processorTime("extractor").minus(extracting));
            transformer.add(millrace.processorTime("transformer").minus(transforming));
        }

        void tell(List<Measurement> measurements) throws IOException {
            List<Duration> extract = steps("EXTRACT");
            List<Duration> transform = steps("TRANSFORM");
            String size = String.format(Locale.ROOT, "%.1f GB of %s", Files.size(file) / 1e9, name);
            measurements.add(Measurement.against(
                    size + " to staged Parquet", sum(extract, transform), COPY, warm(copies), "1.5×"));
            measurements.add(Measurement.against("The same, extracting", warm(extract), COPY, warm(copies), ""));
            measurements.add(Measurement.against("The same, transforming", warm(transform), COPY, warm(copies), ""));
            measurements.add(Measurement.against(
                    "Processor time of the extractor", warm(extractor), COPY, warm(copyProcessor), ""));
            measurements.add(Measurement.against(
                    "Processor time of the transformer", warm(transformer), COPY, warm(copyProcessor), ""));
        }

        private List<Duration> steps(String step) {
            return runs.stream().map(run -> run.step(step)).toList();
        }

        private static Duration sum(List<Duration> some, List<Duration> others) {
            List<Duration> sums = new ArrayList<>();
            for (int i = 0; i < some.size(); i++) {
                sums.add(some.get(i).plus(others.get(i)));
            }
            return warm(sums);
        }

        private static Duration warm(List<Duration> durations) {
            return Measurement.median(durations.subList(1, durations.size()));
        }
    }
}
