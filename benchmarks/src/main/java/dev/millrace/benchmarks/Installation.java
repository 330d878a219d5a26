package dev.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Millrace as its user starts it, {@code ./millrace start --separate}, in a home of its own that goes when it ends.
 * Used by its public interface only. Safe for use by several threads.
 */
final class Installation implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(3);
    private static final Duration RUN = Duration.ofMinutes(15);
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final ObjectMapper JSON = new ObjectMapper();
    static final List<String> SERVICES = List.of("api-gateway", "extractor", "transformer", "loader");

    private final HttpClient http = HttpClient.newHttpClient();
    private final Path home;
    private final Process process;
    private final URI gateway;
    private final String token;

    private Installation(Path home, Process process) throws IOException {
        this.home = home;
        this.process = process;
        this.gateway = URI.create(
                JSON.readTree(home.resolve("gateway.json").toFile()).get("url").asText());
        this.token = Files.readString(home.resolve("token")).strip();
    }

    /**
     * @param root of a clone of Millrace
     * @param pipelines files by their names, without {@code .yaml}
     */
    static Installation start(Path root, Path folder, Map<String, String> pipelines)
            throws IOException, InterruptedException {
        return start(root, folder, pipelines, List.of());
    }

    /** @param options of {@code start}, beside those that each has */
    static Installation start(Path root, Path folder, Map<String, String> pipelines, List<String> options)
            throws IOException, InterruptedException {
        return start(root, folder, pipelines, options, Map.of());
    }

    /** @param environment variables that it is started with */
    static Installation start(
            Path root,
            Path folder,
            Map<String, String> pipelines,
            List<String> options,
            Map<String, String> environment)
            throws IOException, InterruptedException {
        Path home = Files.createTempDirectory(folder, "home-");
        Files.createDirectories(home.resolve("pipelines"));
        for (Map.Entry<String, String> pipeline : pipelines.entrySet()) {
            Files.writeString(home.resolve("pipelines").resolve(pipeline.getKey() + ".yaml"), pipeline.getValue());
        }
        List<String> command =
                new ArrayList<>(List.of(root.resolve("millrace").toString(), "start", "--separate", "--port", "0"));
        command.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.directory(home.toFile());
        builder.environment().put("MILLRACE_HOME", home.toString());
        builder.environment().put("MILLRACE_GATEWAY_RATE_PER_CALLER", "0"); // as many calls as come
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true)
                .redirectOutput(home.resolve("start.log").toFile());
        Process process = builder.start();
        long deadline = System.nanoTime() + START.toNanos();
        while (!Files.exists(home.resolve("gateway.json"))) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                process.destroy();
                throw new IOException("Millrace doesn't start:\n" + Files.readString(home.resolve("start.log")));
            }
            Thread.sleep(50);
        }
        return new Installation(home, process);
    }

    /** Runs it and waits for its end, which has to be a success. */
    Run run(String pipeline, String endpoint) throws IOException, InterruptedException {
        return run(pipeline, endpoint, RUN);
    }

    /** @param longest that it may take */
    Run run(String pipeline, String endpoint, Duration longest) throws IOException, InterruptedException {
        long start = System.nanoTime();
        JsonNode batch = post("/api/v1/pipelines/" + pipeline + "/endpoints/" + endpoint + "/runs?wait=PT10M");
        Duration seen = Duration.ofNanos(System.nanoTime() - start);
        Run run = new Run(batch.get("runs").get(0), seen);
        while (!run.isFinished() && seen.compareTo(longest) < 0) {
            Thread.sleep(LOOK);
            JsonNode now = get("/api/v1/runs/" + run.json().get("id").asText());
            seen = Duration.ofNanos(System.nanoTime() - start);
            run = new Run(now, seen);
        }
        if (!run.state().equals("SUCCEEDED")) {
            throw new IOException("the run didn't succeed: " + run.json().toPrettyString());
        }
        return run;
    }

    /**
     * Runs what has to be refused while it is read.
     *
     * @param refusal what the error has to say
     * @return how long that took, from the gateway's first to its last word about it
     */
    Duration refuse(String pipeline, String endpoint, String refusal) throws IOException, InterruptedException {
        JsonNode batch = post("/api/v1/pipelines/" + pipeline + "/endpoints/" + endpoint + "/runs?wait=PT10M");
        Run run = new Run(batch.get("runs").get(0), Duration.ZERO);
        if (!run.state().equals("FAILED")
                || !run.json().get("error").get("detail").asText().contains(refusal)) {
            throw new IOException("the run wasn't refused: " + batch.toPrettyString());
        }
        return run.step("EXTRACT");
    }

    /**
     * Runs it to the end of its extraction, and cancels what would follow.
     *
     * @return how long that took, from the gateway's first to its last word about it
     */
    Duration extract(String pipeline, String endpoint) throws IOException, InterruptedException {
        String run = post("/api/v1/pipelines/" + pipeline + "/endpoints/" + endpoint + "/runs")
                .get("runs")
                .get(0)
                .get("id")
                .asText();
        Duration took = null;
        while (true) {
            Run seen = new Run(get("/api/v1/runs/" + run), Duration.ZERO);
            if (took == null && seen.isOver("EXTRACT")) {
                took = seen.step("EXTRACT");
                if (!seen.isFinished()) {
                    JsonNode _ = post("/api/v1/runs/" + run + "/cancel");
                }
            }
            if (seen.isFinished()) {
                if (took == null) {
                    throw new IOException(
                            "the run didn't extract: " + seen.json().toPrettyString());
                }
                return took;
            }
            Thread.sleep(LOOK); // each look takes the gateway some processor time, and says when it was
        }
    }

    /** Address of its public API. */
    URI gateway() {
        return gateway;
    }

    /** That opens it. */
    String token() {
        return token;
    }

    /** Where drivers, pipelines and the warehouse are. */
    Path home() {
        return home;
    }

    /** Processor time of a service since it started, of all of its threads. */
    Duration processorTime(String service) throws IOException {
        String pid =
                Files.readString(home.resolve("run").resolve(service + ".pid")).strip();
        return ProcessorTime.of(Long.parseLong(pid));
    }

    /** Likewise, of each service. */
    Map<String, Duration> processorTimes() throws IOException {
        Map<String, Duration> times = new TreeMap<>();
        for (String service : SERVICES) {
            times.put(service, processorTime(service));
        }
        return times;
    }

    /** Likewise, of all services together. */
    Duration processorTime() throws IOException {
        return processorTimes().values().stream().reduce(Duration.ZERO, Duration::plus);
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    JsonNode post(String path) throws IOException, InterruptedException {
        return send(request(path).POST(HttpRequest.BodyPublishers.noBody()));
    }

    JsonNode post(String path, String body) throws IOException, InterruptedException {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** Sends a CSV file for the table whose name its own begins with. */
    JsonNode upload(String name, byte[] content) throws IOException, InterruptedException {
        String boundary = "file";
        return send(request("/upload")
                .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                .POST(HttpRequest.BodyPublishers.concat(
                        HttpRequest.BodyPublishers.ofString("--" + boundary
                                + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name
                                + "\"\r\nContent-Type: text/csv\r\n\r\n"),
                        HttpRequest.BodyPublishers.ofByteArray(content),
                        HttpRequest.BodyPublishers.ofString("\r\n--" + boundary + "--\r\n"))));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(gateway.resolve(path)).timeout(RUN).header("Authorization", "Bearer " + token);
    }

    private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        JsonNode answer = JSON.readTree(response.body());
        if (response.statusCode() / 100 != 2) {
            throw new IOException(response.statusCode() + ": " + answer);
        }
        return answer;
    }

    /** Peak resident memory of each service since it started, in bytes; Linux only. */
    Map<String, Long> peakMemory() throws IOException {
        Map<String, Long> peaks = new TreeMap<>();
        for (String service : SERVICES) {
            String pid = Files.readString(home.resolve("run").resolve(service + ".pid"))
                    .strip();
            String line = Files.readAllLines(Path.of("/proc", pid, "status")).stream()
                    .filter(candidate -> candidate.startsWith("VmHWM:"))
                    .findFirst()
                    .orElseThrow();
            peaks.put(service, Long.parseLong(line.replaceAll("\\D", "")) * 1024);
        }
        return peaks;
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        http.close();
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /**
     * @param json as the public API shows it
     * @param seen from the request to the answer that it is over
     */
    record Run(JsonNode json, Duration seen) {
        String state() {
            return json.get("state").asText();
        }

        boolean isFinished() {
            return List.of("SUCCEEDED", "FAILED", "CANCELLED").contains(state());
        }

        boolean isOver(String name) {
            for (JsonNode step : json.get("steps")) {
                if (step.get("step").asText().equals(name)) {
                    return step.hasNonNull("finishedAt")
                            && step.get("state").asText().equals("DONE");
                }
            }
            return false;
        }

        long loaded() {
            return json.get("rowsLoaded").asLong();
        }

        /** From the gateway's first to its last word about it. */
        Duration step(String name) {
            for (JsonNode step : json.get("steps")) {
                if (step.get("step").asText().equals(name)) {
                    return Duration.between(instant(step, "startedAt"), instant(step, "finishedAt"));
                }
            }
            throw new IllegalArgumentException("step: '" + name + "' (expected: one of the run's)");
        }

        private static java.time.Instant instant(JsonNode step, String field) {
            return java.time.Instant.parse(step.get(field).asText());
        }
    }
}
