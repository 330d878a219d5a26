package dev.millrace.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A request for each of ten thousand, several at once, and the same by curl. */
final class Lists implements Benchmark {
    private static final int LISTS = 10_000;
    private static final int PARALLEL = 16;
    private static final int WARM = 3;

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        try (PageServer server = PageServer.start(PageServer.FEW);
                Installation millrace = Installation.start(
                        environment.root(),
                        environment.folder(),
                        Map.of("lists", Orders.lists("lists", server.url(), LISTS, PARALLEL)))) {
            List<Duration> extracted = new ArrayList<>();
            List<Duration> curl = new ArrayList<>();
            for (int i = 0; i <= WARM; i++) {
                curl.add(Comparisons.curlAtOnce(server.url(), LISTS, PARALLEL));
                extracted.add(millrace.run("lists", "orders").step("EXTRACT"));
            }
            return List.of(Measurement.against(
                    "Extract 10,000 lists of " + PageServer.FEW + " records, " + PARALLEL + " at once",
                    Measurement.median(extracted.subList(1, extracted.size())),
                    "curl --parallel",
                    Measurement.median(curl.subList(1, curl.size())),
                    "1.25×"));
        }
    }
}
