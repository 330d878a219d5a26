package dev.millrace.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * One line of the result.
 *
 * @param value with its unit
 * @param comparison what else was measured in the same run, with its value; empty: nothing
 * @param ratio to the comparison, as {@code 1.5×}; empty: none
 * @param goal in words; empty: none
 */
record Measurement(String what, String value, String comparison, String ratio, String goal) {
    static Measurement of(String what, String value, String goal) {
        return new Measurement(what, value, "", "", goal);
    }

    static Measurement against(String what, Duration value, String with, Duration other, String goal) {
        double ratio = (double) value.toNanos() / other.toNanos();
        return new Measurement(
                what, seconds(value), with + ": " + seconds(other), String.format(Locale.ROOT, "%.2f×", ratio), goal);
    }

    static String seconds(Duration duration) {
        return duration.toMillis() < 1_000
                ? duration.toMillis() + " ms"
                : String.format(Locale.ROOT, "%.2f s", duration.toMillis() / 1_000.0);
    }

    static Duration median(List<Duration> durations) {
        return durations.stream().sorted().toList().get(durations.size() / 2);
    }

    /** @param share 0 to 1 */
    static Duration percentile(List<Duration> durations, double share) {
        List<Duration> sorted = durations.stream().sorted().toList();
        return sorted.get((int) Math.min(sorted.size() - 1L, Math.round(share * sorted.size())));
    }

    /** As a row of a Markdown table. */
    String row() {
        return "| " + String.join(" | ", what, value, comparison, ratio, goal) + " |";
    }
}
