package dev.millrace.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Ten records, from the request to the answer that they are loaded. */
final class Latency implements Benchmark {
    private static final int WARM_UP = 10;
    private static final int TIMES = 50;

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        try (PageServer server = PageServer.start(10);
                Installation millrace = Installation.start(
                        environment.root(),
                        environment.folder(),
                        Map.of("orders", Orders.pipeline("orders", server.url(), Orders.pages())))) {
            Duration first = millrace.run("orders", "orders").seen();
            List<Duration> seen = new ArrayList<>();
            for (int i = 0; i < WARM_UP + TIMES; i++) {
                seen.add(millrace.run("orders", "orders").seen());
            }
            List<Duration> warm = seen.subList(WARM_UP, seen.size());
            return List.of(
                    Measurement.of(
                            "10 records, request to loaded, median of " + TIMES,
                            Measurement.seconds(Measurement.median(warm)),
                            "500 ms, then 300 ms"),
                    Measurement.of(
                            "The same, 95th percentile", Measurement.seconds(Measurement.percentile(warm, 0.95)), ""),
                    Measurement.of("The same, first run after the start", Measurement.seconds(first), ""));
        }
    }
}
