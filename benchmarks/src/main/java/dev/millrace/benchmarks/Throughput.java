package dev.millrace.benchmarks;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** A million records from an API to a table, its steps, and the same by curl and DuckDB alone, to Parquet and to a table. */
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
            List<Duration> engine = new ArrayList<>();
            List<Duration> toTable = new ArrayList<>();
            List<Duration> inserted = new ArrayList<>();
            List<Duration> replaced = new ArrayList<>();
            Map<String, List<Duration>> processes = new TreeMap<>();
            for (int i = 0; i <= WARM; i++) {
                curl.add(curl(server.url(), records));
                Duration alone = ProcessorTime.ofThisProcess();
                duckDb.add(Comparisons.duckDb(file, environment.folder().resolve("orders.parquet")));
                engine.add(ProcessorTime.ofThisProcess().minus(alone));
                Comparisons.Table table = Comparisons.table(file, environment.folder());
                toTable.add(table.ofRecords());
                inserted.add(table.ofParquet());
                replaced.add(table.replaced());
                Map<String, Duration> before = millrace.processorTimes();
                runs.add(millrace.run("orders", "orders"));
                millrace.processorTimes()
                        .forEach((service, after) -> processes
                                .computeIfAbsent(service, _ -> new ArrayList<>())
                                .add(after.minus(known(before, service))));
                atOnce.add(millrace.run("parallel", "orders"));
            }
            List<Installation.Run> warm = runs.subList(1, runs.size());
            Duration fetched = Measurement.median(curl);
            Duration converted = Measurement.median(duckDb);
            String count = String.format(Locale.ROOT, "%,d records", records);
            List<Measurement> measurements = new ArrayList<>(List.of(
                    Measurement.against(
                            "Extract " + count + ", " + PageServer.PAGE + " a page",
                            median(warm, "EXTRACT"),
                            "curl, one connection",
                            fetched,
                            "3×, then 1.5×"),
                    Measurement.against(
                            "The same, 8 pages at once",
                            median(atOnce.subList(1, atOnce.size()), "EXTRACT"),
                            "curl, one connection",
                            fetched,
                            "2×, then 1×"),
                    Measurement.against(
                            "Transform " + count, median(warm, "TRANSFORM"), "DuckDB alone", converted, "1.3×"),
                    Measurement.against(
                            "The same, processor time of the transformer",
                            Measurement.median(warm(known(processes, "transformer"))),
                            "DuckDB alone",
                            Measurement.median(engine),
                            "1.3×"),
                    Measurement.against(
                            "Load " + count,
                            median(warm, "LOAD"),
                            "INSERT from the same Parquet by DuckDB alone",
                            Measurement.median(warm(inserted)),
                            "1.25×"),
                    Measurement.against(
                            "The same, which replaces as many rows and keeps those",
                            median(warm, "LOAD"),
                            "the same by DuckDB alone",
                            Measurement.median(warm(replaced)),
                            ""),
                    Measurement.against(
                            "REST to table, " + count,
                            Measurement.median(
                                    warm.stream().map(Installation.Run::seen).toList()),
                            "curl + DuckDB alone",
                            fetched.plus(converted),
                            "2×"),
                    Measurement.against(
                            "The same",
                            Measurement.median(
                                    warm.stream().map(Installation.Run::seen).toList()),
                            "curl + DuckDB alone, to a table",
                            fetched.plus(Measurement.median(warm(toTable))),
                            ""),
                    Measurement.against(
                            "The same, first run after the start",
                            runs.getFirst().seen(),
                            "curl + DuckDB alone",
                            fetched.plus(converted),
                            "3×")));
            processes.forEach((service, times) -> measurements.add(Measurement.of(
                    "Processor time of " + service + " for it, warm",
                    Measurement.seconds(Measurement.median(warm(times))),
                    "")));
            return measurements;
        }
    }

    private static <T> T known(Map<String, T> map, String service) {
        return Objects.requireNonNull(map.get(service), service);
    }

    private static List<Duration> warm(List<Duration> times) {
        return times.subList(1, times.size());
    }

    private static Duration curl(URI api, long records) throws Exception {
        return Comparisons.curl(api, (records + PageServer.PAGE - 1) / PageServer.PAGE + 1);
    }

    private static Duration median(List<Installation.Run> runs, String step) {
        return Measurement.median(runs.stream().map(run -> run.step(step)).toList());
    }
}
