package dev.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** Runs requested from the gateway by several clients, while others read them; the runs are worked off meanwhile. */
final class GatewayLoad implements Benchmark {
    private static final int RUNS = 400;
    private static final int STARTING = 4;
    private static final int READING = 4;
    private static final Duration WORKED_OFF = Duration.ofMinutes(5);

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        Path data = Files.createDirectories(environment.folder().resolve("days"));
        Files.writeString(data.resolve("none.csv"), "id,day\n");
        String pipeline = """
                version: 1
                name: days
                source: {type: files, folder: "%s"}
                endpoints:
                  days:
                    files: {pattern: "*.csv", format: {type: csv}}
                    day: {column: day}
                    destination: {table: load.days, write: replace}
                    schema:
                      - {name: id, type: INTEGER}
                      - {name: day, type: DATE, mode: REQUIRED}
                """.formatted(data);
        try (Installation millrace =
                Installation.start(environment.root(), environment.folder(), Map.of("days", pipeline))) {
            List<String> warmUp = start(millrace, LocalDate.of(2020, 1, 1), 20).ids();
            await(millrace, warmUp.size());

            long begin = System.nanoTime();
            AtomicBoolean started = new AtomicBoolean();
            Queue<String> ids = new ConcurrentLinkedQueue<>(warmUp);
            try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Started>> starting = new ArrayList<>();
                for (int i = 0; i < STARTING; i++) {
                    LocalDate first = LocalDate.of(2021 + i, 1, 1);
                    starting.add(clients.submit(() -> start(millrace, first, RUNS / STARTING)));
                }
                List<Future<List<Duration>>> reading = new ArrayList<>();
                for (int i = 0; i < READING; i++) {
                    reading.add(clients.submit(() -> read(millrace, ids, started)));
                }
                List<Duration> posts = new ArrayList<>();
                for (Future<Started> client : starting) {
                    posts.addAll(client.get().latencies());
                }
                Duration accepted = Duration.ofNanos(System.nanoTime() - begin);
                started.set(true);
                List<Duration> reads = new ArrayList<>();
                for (Future<List<Duration>> client : reading) {
                    reads.addAll(client.get());
                }
                await(millrace, RUNS + warmUp.size());
                Duration worked = Duration.ofNanos(System.nanoTime() - begin);
                return List.of(
                        Measurement.of("Runs accepted by " + STARTING + " clients", rate(RUNS, accepted), ""),
                        Measurement.of(
                                "A request for a run, 99th percentile",
                                Measurement.seconds(Measurement.percentile(posts, 0.99)),
                                ""),
                        Measurement.of(
                                "Reading a run by " + READING + " clients meanwhile, 99th percentile of "
                                        + reads.size(),
                                Measurement.seconds(Measurement.percentile(reads, 0.99)),
                                ""),
                        Measurement.of("Runs worked off, of one table and no records", rate(RUNS, worked), ""));
            }
        }
    }

    private record Started(List<String> ids, List<Duration> latencies) {}

    private static Started start(Installation millrace, LocalDate first, int count) throws Exception {
        List<String> ids = new ArrayList<>();
        List<Duration> latencies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            JsonNode batch = millrace.post("/api/v1/pipelines/days/runs", "{\"day\":\"" + first.plusDays(i) + "\"}");
            latencies.add(Duration.ofNanos(System.nanoTime() - start));
            ids.add(batch.get("runs").get(0).get("id").asText());
        }
        return new Started(ids, latencies);
    }

    private static List<Duration> read(Installation millrace, Queue<String> ids, AtomicBoolean enough)
            throws Exception {
        List<Duration> latencies = new ArrayList<>();
        while (!enough.get()) {
            for (String id : ids) {
                long start = System.nanoTime();
                millrace.get("/api/v1/runs/" + id);
                latencies.add(Duration.ofNanos(System.nanoTime() - start));
            }
        }
        return latencies;
    }

    private static void await(Installation millrace, int runs) throws Exception {
        long deadline = System.nanoTime() + WORKED_OFF.toNanos();
        while (millrace.get("/api/v1/runs?limit=1000&state=SUCCEEDED")
                        .get("runs")
                        .size()
                < runs) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the runs are not over after " + WORKED_OFF.toMinutes() + " minutes");
            }
            Thread.sleep(100);
        }
    }

    private static String rate(int count, Duration duration) {
        return String.format(Locale.ROOT, "%.0f/s", count * 1e9 / duration.toNanos());
    }
}
