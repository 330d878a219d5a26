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

    private static final int MILLIS = 10;

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        try (PageServer atOnce = PageServer.start(PageServer.FEW);
                PageServer later = PageServer.start(PageServer.FEW, MILLIS);
                Installation millrace = Installation.start(
                        environment.root(),
                        environment.folder(),
                        Map.of(
                                "once", Orders.lists("once", atOnce.url(), LISTS, PARALLEL),
                                "later", Orders.lists("later", later.url(), LISTS, PARALLEL)))) {
            return List.of(
                    measure(millrace, "later", later, ", each answered after " + MILLIS + " ms"),
                    measure(millrace, "once", atOnce, ", each answered at once"));
        }
    }

    private static Measurement measure(Installation millrace, String pipeline, PageServer server, String how)
            throws Exception {
        List<Duration> extracted = new ArrayList<>();
        List<Duration> curl = new ArrayList<>();
        for (int i = 0; i <= WARM; i++) {
            curl.add(Comparisons.curlAtOnce(server.url(), LISTS, PARALLEL));
            extracted.add(millrace.run(pipeline, "orders").step("EXTRACT"));
        }
        return Measurement.against(
                "Extract 10,000 lists of " + PageServer.FEW + " records, " + PARALLEL + " at once" + how,
                Measurement.median(extracted.subList(1, extracted.size())),
                "curl --parallel",
                Measurement.median(curl.subList(1, curl.size())),
                "1.25×");
    }
}
