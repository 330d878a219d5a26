package dev.millrace.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Peak memory of each service in the course of one run, with a million records and with several times as many. */
final class Memory implements Benchmark {
    private final Way way;

    /** By which records come to their table. */
    enum Way {
        EMBEDDED(5, "a fifth", ""),
        /** By an emulated Cloud Storage to an emulated BigQuery; seven million records are 2 GB of JSON. */
        CLOUD(7, "a seventh", "--gcp-emulator");

        private final int factor;
        private final String share;
        private final String option;

        /** @param option of {@code start}; empty: none */
        Way(int factor, String share, String option) {
            this.factor = factor;
            this.share = share;
            this.option = option;
        }
    }

    Memory(Way way) {
        this.way = way;
    }

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        long most = way.factor * environment.records();
        Map<String, Long> few = peaks(environment, environment.records());
        Map<String, Long> many = peaks(environment, most);
        List<Measurement> measurements = new ArrayList<>();
        few.forEach((service, before) -> {
            long after = many.getOrDefault(service, 0L);
            measurements.add(new Measurement(
                    String.format(
                            Locale.ROOT,
                            "Peak memory of %s, %,d records%s",
                            service,
                            most,
                            way == Way.CLOUD ? ", cloud path" : ""),
                    megabytes(after),
                    way.share + " of the records: " + megabytes(before),
                    String.format(Locale.ROOT, "%.2f×", (double) after / before),
                    "below 700 MB, flat"));
        });
        return measurements;
    }

    private Map<String, Long> peaks(BenchmarkEnvironment environment, long records) throws Exception {
        try (PageServer server = PageServer.start(records);
                Installation millrace = Installation.start(
                        environment.root(),
                        environment.folder(),
                        Map.of("orders", Orders.pipeline("orders", server.url(), Orders.pages())),
                        way.option.isEmpty() ? List.of() : List.of(way.option))) {
            long loaded = millrace.run("orders", "orders").loaded();
            if (loaded < records * 99 / 100) {
                throw new IllegalStateException(loaded + " records were loaded (expected: " + records + ")");
            }
            return millrace.peakMemory();
        }
    }

    private static String megabytes(long bytes) {
        return bytes / 1_000_000 + " MB";
    }
}
