package dev.millrace.testing.soak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Runs, one after the other of each client, in an installation of {@code start --separate}: ten rows of a file into a
 * table, now and then one that fails; every hundred of them somebody reads lists, runs and logs. Linux only.
 */
public final class Soak {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> SERVICES = List.of("api-gateway", "extractor", "loader", "transformer");
    private static final String PIPELINE = "soak";
    private static final int ROWS = 10;
    private static final int READS = 20;
    /** One of so many fails, and leaves in staging what a retry would need. */
    private static final int FAILS_EVERY = 50;

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI gateway;
    private final String token;
    private final Path home;
    private final int clients;
    private final List<Double> runMillis = Collections.synchronizedList(new ArrayList<>());
    private final List<Double> readMillis = new ArrayList<>();
    private volatile String lastRun = "";

    /** @param home of the installation, whose pipelines get one more */
    public Soak(URI gateway, String token, Path home, int clients) throws IOException {
        this.gateway = gateway;
        this.token = token;
        this.home = home;
        this.clients = clients;
        Path folder = Files.createDirectories(home.resolve("pipelines").resolve(PIPELINE));
        Files.writeString(
                folder.resolve("good.csv"),
                IntStream.range(0, ROWS)
                        .mapToObj(id -> id + ",row " + id + "\n")
                        .collect(Collectors.joining("", "id,text\n", "")));
        Files.writeString(folder.resolve("bad.csv"), "id,text\nnone,row\n");
        Files.writeString(
                folder.resolve("pipeline.yaml"),
                IntStream.range(0, clients)
                        .boxed()
                        .flatMap(client -> Stream.of(endpoint("good", client), endpoint("bad", client)))
                        .collect(Collectors.joining("", """
                                version: 1
                                name: %s
                                source: {type: files, folder: .}
                                endpoints:
                                """.formatted(PIPELINE), "")));
    }

    private static String endpoint(String kind, int client) {
        return """
                  %1$s%2$d:
                    files: {pattern: %1$s.csv, format: {type: csv}}
                    destination: {table: %3$s.%1$s%2$d, write: replace}
                    schema: [{name: id, type: INTEGER, mode: REQUIRED}, {name: text, type: STRING}]
                """.formatted(kind, client, PIPELINE);
    }

    /**
     * Lets so many runs go by.
     *
     * @param every after so many runs there is a sample
     * @param settled after so many runs, and after the last one, the live heap is measured, too
     * @param seen told of each sample at once
     */
    public List<Sample> play(int runs, int every, int settled, Consumer<Sample> seen) throws Exception {
        long begin = System.nanoTime();
        List<Sample> samples = new ArrayList<>();
        for (int done = 0; done < runs; ) {
            int more = Math.min(every, runs - done);
            work(done, more);
            done += more;
            read();
            Sample sample = sample(done, (System.nanoTime() - begin) / 1e9, done == settled || done == runs);
            samples.add(sample);
            seen.accept(sample);
        }
        return samples;
    }

    private void work(int done, int more) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> working = new ArrayList<>();
            for (int client = 0; client < clients; client++) {
                int own = client;
                working.add(threads.submit(() -> {
                    for (int run = done + own; run < done + more; run += clients) {
                        run(own, run);
                    }
                    return null;
                }));
            }
            for (Future<?> each : working) {
                each.get();
            }
        }
    }

    private void run(int client, int number) throws IOException, InterruptedException {
        boolean fails = number % FAILS_EVERY == FAILS_EVERY - 1;
        long begin = System.nanoTime();
        JsonNode run = send(request("/api/v1/pipelines/" + PIPELINE + "/endpoints/" + (fails ? "bad" : "good") + client
                                + "/runs?wait=PT2M")
                        .POST(HttpRequest.BodyPublishers.noBody()))
                .at("/runs/0");
        runMillis.add((System.nanoTime() - begin) / 1e6);
        if (!run.get("state").asText().equals(fails ? "FAILED" : "SUCCEEDED")
                || (!fails && run.get("rowsLoaded").asInt() != ROWS)) {
            throw new IllegalStateException("run " + number + " has come to this: " + run);
        }
        lastRun = run.get("id").asText();
    }

    private void read() throws IOException, InterruptedException {
        for (int i = 0; i < READS; i++) {
            for (String path :
                    List.of("/api/v1/runs?limit=50", "/api/v1/runs/" + lastRun, "/api/v1/runs/" + lastRun + "/log")) {
                long begin = System.nanoTime();
                JsonNode _ = send(request(path).GET());
                readMillis.add((System.nanoTime() - begin) / 1e6);
            }
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(gateway.resolve(path)).header("Authorization", "Bearer " + token);
    }

    private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw new IOException(answer.statusCode() + ": " + answer.body());
        }
        return JSON.readTree(answer.body());
    }

    private Sample sample(int runs, double seconds, boolean live) throws IOException, InterruptedException {
        Map<String, Long> memory = new HashMap<>();
        Map<String, Long> heap = new HashMap<>();
        Map<String, Long> files = new HashMap<>();
        for (String service : SERVICES) {
            String pid = Files.readString(home.resolve("run").resolve(service + ".pid"))
                    .strip();
            memory.put(service, resident(pid));
            files.put(service, open(pid));
            if (live) {
                heap.put(service, liveHeap(pid));
            }
        }
        Map<String, Long> disk = Map.of(
                "run database", size(home.resolve("runs.mv.db")),
                "archive", size(home.resolve("staging/archive")),
                "staging", size(home.resolve("staging/runs")),
                "warehouse", size(home.resolve("warehouse.duckdb")) + size(home.resolve("warehouse.duckdb.wal")),
                "logs", size(home.resolve("logs")));
        Sample sample = new Sample(
                runs,
                seconds,
                memory,
                heap,
                files,
                disk,
                percentile(runMillis, 0.5),
                percentile(runMillis, 0.95),
                percentile(readMillis, 0.5),
                percentile(readMillis, 0.95));
        runMillis.clear();
        readMillis.clear();
        return sample;
    }

    private static long resident(String pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", pid, "status")).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .findFirst()
                        .orElseThrow()
                * 1024;
    }

    private static long open(String pid) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc", pid, "fd"))) {
            return files.count();
        }
    }

    /**
     * What a full collection leaves, but for garbage at the heap's beginning that the serial collector doesn't trouble to
     * move what lives into: up to a twentieth of the heap, which it then fills with objects of a class of its own.
     */
    private static long liveHeap(String pid) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), pid, "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String histogram = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return bytes(histogram, "Total").orElseThrow(() -> new IllegalStateException("jcmd " + pid + ": " + histogram))
                - bytes(histogram, "[Ljdk.internal.vm.FillerElement;").orElse(0);
    }

    /** Of one line of a histogram. */
    private static OptionalLong bytes(String histogram, String name) {
        return histogram
                .lines()
                .map(line -> List.of(line.strip().split("\\s+", -1)))
                .filter(words -> words.contains(name))
                .mapToLong(words -> Long.parseLong(words.get(2)))
                .findFirst();
    }

    /** Of a file, or of all in a folder; 0 when it isn't there. */
    private static long size(Path path) throws IOException {
        if (!Files.exists(path)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(path)) {
            long sum = 0;
            for (Path file : (Iterable<Path>) files::iterator) {
                try {
                    sum += Files.isRegularFile(file) ? Files.size(file) : 0;
                } catch (NoSuchFileException e) {
                    // deleted meanwhile
                }
            }
            return sum;
        } catch (UncheckedIOException e) {
            return size(path); // a folder was deleted meanwhile
        }
    }

    /** @param share 0 to 1 */
    private static double percentile(List<Double> millis, double share) {
        List<Double> sorted = millis.stream().sorted().toList();
        return sorted.isEmpty() ? 0 : sorted.get((int) Math.min(sorted.size() - 1L, Math.round(share * sorted.size())));
    }
}
