package dev.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Files of 1,000 rows sent for a table, by one client and by several, from the request to the answer; and pages of their rows. */
final class CsvFiles implements Benchmark {
    private static final int ROWS = 1_000;
    private static final int WARM_UP = 20;
    private static final int TIMES = 100;
    private static final int CLIENTS = 4;
    private static final int PAGES = 500;

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        Path none = Files.createDirectories(environment.folder().resolve("none"));
        String pipeline = """
                version: 1
                name: sent
                source: {type: files, folder: "%s"}
                endpoints:
                  people:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: sent.people, write: append}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: name, type: STRING, mode: REQUIRED}
                      - {name: since, type: TIMESTAMP, mode: REQUIRED}
                """.formatted(none);
        try (Installation millrace =
                Installation.start(environment.root(), environment.folder(), Map.of("sent", pipeline))) {
            send(millrace, WARM_UP);
            Duration before = millrace.processorTime();
            List<Duration> alone = send(millrace, TIMES);
            Duration used = millrace.processorTime().minus(before).dividedBy(TIMES);
            long begin = System.nanoTime();
            List<Duration> together = new ArrayList<>();
            try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<List<Duration>>> sending = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    sending.add(clients.submit(() -> send(millrace, TIMES / CLIENTS)));
                }
                for (Future<List<Duration>> client : sending) {
                    together.addAll(client.get());
                }
            }
            Duration taken = Duration.ofNanos(System.nanoTime() - begin);
            List<Duration> pages = pages(millrace);
            return List.of(
                    Measurement.of(
                            "A file of 1,000 rows sent for a table, median of " + TIMES,
                            Measurement.seconds(Measurement.median(alone)),
                            ""),
                    Measurement.of(
                            "The same, 99th percentile",
                            Measurement.seconds(Measurement.percentile(alone, 0.99)),
                            "500 ms"),
                    Measurement.of("Processor time of all services for such a file", Measurement.seconds(used), ""),
                    Measurement.of(
                            "Such files by " + CLIENTS + " clients",
                            String.format(Locale.ROOT, "%.1f/s", together.size() * 1e9 / taken.toNanos()),
                            "10/s"),
                    Measurement.of(
                            "A page of 100 rows, one after the other, median of " + PAGES,
                            Measurement.seconds(Measurement.median(pages)),
                            ""));
        }
    }

    private static List<Duration> send(Installation millrace, int times) throws Exception {
        StringBuilder file = new StringBuilder("id,name,since\n");
        for (int i = 0; i < ROWS; i++) {
            file.append(i).append(",Name of somebody,2026-01-31T08:30:00Z\n");
        }
        byte[] content = file.toString().getBytes(StandardCharsets.UTF_8);
        List<Duration> latencies = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            long start = System.nanoTime();
            JsonNode answer = millrace.upload("people_" + i + ".csv", content);
            latencies.add(Duration.ofNanos(System.nanoTime() - start));
            if (answer.get("nrows_inserted").asInt() != ROWS) {
                throw new IllegalStateException("not all rows were loaded: " + answer);
            }
        }
        return latencies;
    }

    private static List<Duration> pages(Installation millrace) throws Exception {
        List<Duration> latencies = new ArrayList<>();
        String after = "";
        for (int i = 0; i < PAGES; i++) {
            long start = System.nanoTime();
            JsonNode page = millrace.get("/api/v1/tables/sent.people/rows?limit=100" + after);
            latencies.add(Duration.ofNanos(System.nanoTime() - start));
            after = page.get("next").isNull()
                    ? ""
                    : "&after=" + page.get("next").asText();
        }
        return latencies;
    }
}
