package dev.millrace.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Peak memory of each service in the course of one run, with a million records and with five. */
final class Memory implements Benchmark {
    private static final int FACTOR = 5;

    @Override
    public List<Measurement> measure(Place place) throws Exception {
        Map<String, Long> few = peaks(place, place.records());
        Map<String, Long> many = peaks(place, FACTOR * place.records());
        List<Measurement> measurements = new ArrayList<>();
        few.forEach((service, before) -> {
            long after = many.getOrDefault(service, 0L);
            measurements.add(new Measurement(
                    "Peak memory of " + service + ", " + FACTOR * place.records() / 1_000 + ",000 records",
                    megabytes(after),
                    "a fifth of the records: " + megabytes(before),
                    String.format(Locale.ROOT, "%.2f×", (double) after / before),
                    "below 700 MB, flat"));
        });
        return measurements;
    }

    private static Map<String, Long> peaks(Place place, long records) throws Exception {
        try (PageServer server = PageServer.start(records);
                Installation millrace = Installation.start(
                        place.root(),
                        place.folder(),
                        Map.of("orders", Orders.pipeline("orders", server.url(), Orders.pages())))) {
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
