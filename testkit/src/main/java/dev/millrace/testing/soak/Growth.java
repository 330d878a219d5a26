package dev.millrace.testing.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Whether what processes take stays as it was once they were warm. */
public final class Growth {
    private Growth() {}

    /**
     * What is more at the end than it may be; empty: nothing.
     *
     * @param settled runs after which it is compared
     * @param factor by which memory may be more
     */
    public static List<String> of(List<Sample> samples, int settled, double factor) {
        Sample before = samples.stream()
                .filter(sample -> sample.runs() == settled)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("settled: " + settled + " (expected: runs of a sample)"));
        Sample after = samples.getLast();
        List<String> grown = new ArrayList<>();
        grown(grown, "live heap", before.live(), after.live(), factor, 1_000_000);
        grown(grown, "resident memory", before.memory(), after.memory(), factor, 20_000_000);
        grown(grown, "open files", before.files(), after.files(), 1, 10);
        return grown;
    }

    private static void grown(
            List<String> grown,
            String what,
            Map<String, Long> before,
            Map<String, Long> after,
            double factor,
            long more) {
        before.forEach((service, value) -> {
            long now = after.getOrDefault(service, 0L);
            if (now > value * factor + more) {
                grown.add(String.format(
                        Locale.ROOT,
                        "%s of %s: %,d, before %,d (expected: at most %.2f times, and %,d)",
                        what,
                        service,
                        now,
                        value,
                        factor,
                        more));
            }
        });
    }
}
