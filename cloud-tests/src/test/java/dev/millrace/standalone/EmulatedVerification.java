package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.emulator.GcpEmulator;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Calls of {@code verify-cloud} against an emulator that is empty but for one bucket. */
final class EmulatedVerification implements AutoCloseable {
    static final String BUCKET = "staging";
    /** Whether to try everything: {@code -Dthorough}, which takes ten minutes more. */
    static final boolean THOROUGH = System.getProperty("thorough") != null;

    private static final JsonMapper JSON = new JsonMapper();
    private static final int MINUTES_ALLOWED = 11;

    private final Path folder;
    private final GcpEmulator google;

    EmulatedVerification(Path folder) throws IOException {
        this.folder = folder;
        this.google = GcpEmulator.start(folder.resolve("google"));
        google.buckets().create(BUCKET);
    }

    GcpEmulator google() {
        return google;
    }

    List<String> arguments(String... more) {
        return Stream.concat(
                        Stream.of(
                                "verify-cloud",
                                "--project=test-project",
                                "--dataset=d",
                                "--bucket=" + BUCKET,
                                "--storage-host=" + google.http(),
                                "--bigquery-host=" + google.http()),
                        Stream.of(more))
                .toList();
    }

    /** Begins a call in a process of its own, which starts sooner than one in this process, and so do its services. */
    Call begin(String... more) throws IOException {
        return new Call(folder, arguments(more));
    }

    /** A call that may still run. */
    static final class Call implements AutoCloseable {
        private final Path out;
        private final Path err;
        private final Process process;

        private Call(Path folder, List<String> arguments) throws IOException {
            this.out = Files.createTempFile(folder, "call", ".out");
            this.err = Files.createTempFile(folder, "call", ".err");
            this.process = OwnProcess.call(folder, arguments.toArray(String[]::new))
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
        }

        /** Waits for its end. */
        int exitCode() throws IOException, InterruptedException {
            boolean ended = process.waitFor(MINUTES_ALLOWED, TimeUnit.MINUTES);
            assertThat(ended)
                    .as("ended within %d minutes: %s %s", MINUTES_ALLOWED, out(), err())
                    .isTrue();
            return process.exitValue();
        }

        /** What it has printed so far. */
        String out() throws IOException {
            return Files.readString(out);
        }

        /** What it has printed on standard error so far. */
        String err() throws IOException {
            return Files.readString(err);
        }

        /** Tells it to end, as Ctrl-C does. */
        void interrupt() {
            process.destroy();
        }

        @Override
        public void close() {
            interrupt();
        }
    }

    /** The document of a call all of whose checks have passed. */
    JsonNode passed(String... more) throws IOException, InterruptedException {
        String[] arguments = Stream.concat(Stream.of("--json"), Stream.of(more)).toArray(String[]::new);
        try (Call call = begin(arguments)) {
            int exitCode = call.exitCode();
            JsonNode document = JSON.readTree(call.out());
            assertThat(document.path("checks"))
                    .as(call.err())
                    .isNotEmpty()
                    .allMatch(check -> check.path("passed").asBoolean());
            assertThat(exitCode).isZero();
            return document;
        }
    }

    void makeDataset(String name) throws IOException, InterruptedException {
        String dataset = "{\"datasetReference\": {\"datasetId\": \"" + name + "\"}}";
        assertThat(call(HttpRequest.newBuilder(google.http().resolve("/bigquery/v2/projects/test-project/datasets"))
                                .POST(HttpRequest.BodyPublishers.ofString(dataset)))
                        .statusCode())
                .isEqualTo(200);
    }

    /** Names of all datasets and objects. */
    List<String> left() throws IOException, InterruptedException {
        List<String> names = new ArrayList<>();
        read("/bigquery/v2/projects/test-project/datasets")
                .path("datasets")
                .forEach(dataset ->
                        names.add(dataset.at("/datasetReference/datasetId").asText()));
        read("/storage/v1/b/" + BUCKET + "/o")
                .path("items")
                .forEach(object -> names.add(object.path("name").asText()));
        return names;
    }

    private JsonNode read(String path) throws IOException, InterruptedException {
        URI uri = google.http().resolve(path);
        return JSON.readTree(call(HttpRequest.newBuilder(uri)).body());
    }

    private static HttpResponse<String> call(HttpRequest.Builder request) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    @Override
    public void close() {
        google.close();
    }
}
