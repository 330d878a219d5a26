package dev.millrace.benchmarks;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A million records from an API to a table, its steps, and the same by curl and DuckDB alone. */
final class Throughput implements Benchmark {
    private static final int WARM = 3;

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        long records = environment.records();
        Path file = environment.folder().resolve("orders.ndjson");
        Records.write(file, records);
        try (PageServer server = PageServer.start(records);
                Installation millrace = Installation.start(
                        environment.root(),
                        environment.folder(),
                        Map.of(
                                "orders", Orders.pipeline("orders", server.url(), Orders.pages()),
                                "parallel", Orders.pipeline("parallel", server.url(), Orders.pagesAtOnce())))) {
            List<Installation.Run> runs = new ArrayList<>();
            List<Installation.Run> atOnce = new ArrayList<>();
            List<Duration> curl = new ArrayList<>();
            List<Duration> duckDb = new ArrayList<>();
            List<Duration> transformer = new ArrayList<>();
            List<Duration> engine = new ArrayList<>();
            for (int i = 0; i <= WARM; i++) {
                curl.add(curl(server.url(), records));
                Duration alone = ProcessorTime.ofThisProcess();
                duckDb.add(Comparisons.duckDb(file, environment.folder().resolve("orders.parquet")));
                engine.add(ProcessorTime.ofThisProcess().minus(alone));
                Duration before = millrace.processorTime("transformer");
                runs.add(millrace.run("orders", "orders"));
                transformer.add(millrace.processorTime("transformer").minus(before));
                atOnce.add(millrace.run("parallel", "orders"));
            }
            List<Installation.Run> warm = runs.subList(1, runs.size());
            Duration fetched = Measurement.median(curl);
            Duration converted = Measurement.median(duckDb);
            String count = String.format(Locale.ROOT, "%,d records", records);
            return List.of(
                    Measurement.against(
                            "Extract " + count + ", " + PageServer.PAGE + " a page",
                            median(warm, "EXTRACT"),
                            "curl, one connection",
                            fetched,
                            "1.5×"),
                    Measurement.against(
                            "The same, 8 pages at once",
                            median(atOnce.subList(1, atOnce.size()), "EXTRACT"),
                            "curl, one connection",
                            fetched,
                            "below 1×"),
                    Measurement.against(
                            "Transform " + count,
                            median(warm, "TRANSFORM"),
                            "DuckDB alone",
                            converted,
                            "2×, then 1.3×"),
                    Measurement.against(
                            "The same, processor time of the transformer",
                            Measurement.median(transformer.subList(1, transformer.size())),
                            "DuckDB alone",
                            Measurement.median(engine),
                            "1.3×"),
                    Measurement.of("Load " + count, Measurement.seconds(median(warm, "LOAD")), ""),
                    Measurement.against(
                            "REST to table, " + count,
                            Measurement.median(
                                    warm.stream().map(Installation.Run::seen).toList()),
                            "curl + DuckDB alone",
                            fetched.plus(converted),
                            "6 s, then 4 s"),
                    Measurement.against(
                            "The same, first run after the start",
                            runs.getFirst().seen(),
                            "curl + DuckDB alone",
                            fetched.plus(converted),
                            ""));
        }
    }

    private static Duration curl(URI api, long records) throws Exception {
        return Comparisons.curl(api, (records + PageServer.PAGE - 1) / PageServer.PAGE + 1);
    }

    private static Duration median(List<Installation.Run> runs, String step) {
        return Measurement.median(runs.stream().map(run -> run.step(step)).toList());
    }
}
