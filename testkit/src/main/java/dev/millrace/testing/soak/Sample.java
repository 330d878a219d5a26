package dev.millrace.testing.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an installation takes after some runs. Memory and sizes are bytes, latencies milliseconds of the runs and reads since the
 * sample before.
 *
 * @param seconds since the first run was asked for
 * @param memory resident, of each service
 * @param live of each service's heap, after a full collection; empty where it wasn't asked for
 * @param files that each service has open
 * @param disk by what it is for
 */
public record Sample(
        int runs,
        double seconds,
        Map<String, Long> memory,
        Map<String, Long> live,
        Map<String, Long> files,
        Map<String, Long> disk,
        double run50,
        double run95,
        double read50,
        double read95) {
    public Sample {
        memory = new TreeMap<>(memory);
        live = new TreeMap<>(live);
        files = new TreeMap<>(files);
        disk = new TreeMap<>(disk);
    }

    /** Names of the columns of {@link #line}. */
    public String header() {
        List<String> names = new ArrayList<>(List.of("runs", "seconds"));
        memory.keySet().forEach(name -> names.add("memory " + name));
        files.keySet().forEach(name -> names.add("files " + name));
        disk.keySet().forEach(name -> names.add("disk " + name));
        names.addAll(List.of("run p50 ms", "run p95 ms", "read p50 ms", "read p95 ms"));
        return String.join(",", names);
    }

    /** As a line of CSV. */
    public String line() {
        List<String> values = new ArrayList<>(List.of(String.valueOf(runs), text(seconds)));
        for (Map<String, Long> group : List.of(memory, files, disk)) {
            group.values().forEach(value -> values.add(String.valueOf(value)));
        }
        for (double latency : new double[] {run50, run95, read50, read95}) {
            values.add(text(latency));
        }
        return String.join(",", values);
    }

    private static String text(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
