package dev.millrace.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code benchmarks/run gate}: whether a transformation takes too much processor time beside DuckDB's COPY of the same file.
 * Of both the least of several counts, which a busy machine and compilers that are at work disturb least.
 */
@Command(
        name = "gate",
        mixinStandardHelpOptions = true,
        description = "End with 1 if the transformer takes more than so many times DuckDB's processor time.")
final class GateCommand implements Callable<Integer> {
    @Option(names = "--records", defaultValue = "200000", description = "Records of a file (${DEFAULT-VALUE}).")
    private long records;

    @Option(names = "--times", defaultValue = "6", description = "Transformations and COPYs (${DEFAULT-VALUE}).")
    private int times;

    @Option(names = "--most", defaultValue = "1.5", description = "The ratio that passes (${DEFAULT-VALUE}).")
    private double most;

    @Override
    public Integer call() throws Exception {
        Path folder = Files.createTempDirectory("millrace-gate-");
        try {
            double ratio = ratio(folder);
            boolean passes = ratio <= most;
            System.out.printf(
                    Locale.ROOT,
                    "%s: the transformer takes %.2f times DuckDB's processor time for %,d records (at most: %.2f)%n",
                    passes ? "ok" : "too slow",
                    ratio,
                    records,
                    most);
            return passes ? 0 : 1;
        } finally {
            Main.remove(folder);
        }
    }

    private double ratio(Path folder) throws Exception {
        Path file = folder.resolve("orders.ndjson");
        Records.write(file, records);
        List<Duration> copies = new ArrayList<>();
        List<Duration> transformations = new ArrayList<>();
        Path root = Path.of(System.getProperty("millrace.root"));
        String pipeline = Orders.ofFiles(
                "orders", folder, "{pattern: " + file.getFileName() + ", format: {type: ndjson}}", Records.SCHEMA);
        try (Installation millrace = Installation.start(root, folder, Map.of("orders", pipeline))) {
            for (int i = 0; i < times; i++) {
                Duration alone = ProcessorTime.ofThisProcess();
                Duration _ = Comparisons.duckDb(file, folder.resolve("orders.parquet"));
                copies.add(ProcessorTime.ofThisProcess().minus(alone));
                Duration before = millrace.processorTime("transformer");
                Installation.Run _ = millrace.run("orders", "orders");
                transformations.add(millrace.processorTime("transformer").minus(before));
            }
        }
        System.out.println("DuckDB " + copies + ", transformer " + transformations);
        return (double) Collections.min(transformations).toNanos()
                / Collections.min(copies).toNanos();
    }
}
