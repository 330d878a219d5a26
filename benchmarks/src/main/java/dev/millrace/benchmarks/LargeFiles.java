package dev.millrace.benchmarks;

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
        List<Installation.Run> ofCsv = new ArrayList<>();
        List<Installation.Run> ofNdjson = new ArrayList<>();
        List<Installation.Run> ofParquet = new ArrayList<>();
        List<Duration> csvAlone = new ArrayList<>();
        List<Duration> ndjsonAlone = new ArrayList<>();
        List<Duration> parquetAlone = new ArrayList<>();
        long peak;
        try (Installation millrace = Installation.start(environment.root(), environment.folder(), pipelines)) {
            for (int i = 0; i <= TIMES; i++) { // in turns, so that other work on the machine meets all of them
                Path copy = environment.folder().resolve("copy.parquet");
                csvAlone.add(Comparisons.duckDbOfCsv(csv, copy));
                ofCsv.add(millrace.run("csv", "orders"));
                ndjsonAlone.add(Comparisons.duckDb(ndjson, copy));
                ofNdjson.add(millrace.run("ndjson", "orders"));
                parquetAlone.add(Comparisons.duckDbOfParquet(parquet, copy));
                ofParquet.add(millrace.run("parquet", "orders"));
            }
            peak = millrace.peakMemory().getOrDefault("extractor", 0L);
        }
        List<Measurement> measurements = new ArrayList<>();
        add(measurements, "CSV", Files.size(csv), ofCsv, csvAlone);
        add(measurements, "NDJSON", Files.size(ndjson), ofNdjson, ndjsonAlone);
        add(measurements, "Parquet", Files.size(parquet), ofParquet, parquetAlone);
        measurements.add(
                Measurement.of("Peak memory of the extractor for all of them", peak / 1_000_000 + " MB", "400 MB"));
        return measurements;
    }

    private static void add(
            List<Measurement> measurements,
            String format,
            long bytes,
            List<Installation.Run> runs,
            List<Duration> alone) {
        List<Installation.Run> warm = runs.subList(1, runs.size());
        String size = String.format(Locale.ROOT, "%.1f GB of %s", bytes / 1e9, format);
        Duration copied = Measurement.median(alone.subList(1, alone.size()));
        String copy = "DuckDB's COPY";
        measurements.add(Measurement.against(
                size + " to staged Parquet",
                Measurement.median(warm.stream()
                        .map(run -> run.step("EXTRACT").plus(run.step("TRANSFORM")))
                        .toList()),
                copy,
                copied,
                "1.5×"));
        for (String step : List.of("EXTRACT", "TRANSFORM")) {
            measurements.add(Measurement.against(
                    "The same, " + step.toLowerCase(Locale.ROOT) + "ing",
                    Measurement.median(warm.stream().map(run -> run.step(step)).toList()),
                    copy,
                    copied,
                    ""));
        }
    }
}
