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

    Terminal.Call begin(String... more) {
        return new Terminal(folder).begin(arguments(more).toArray(String[]::new));
    }

    /** The document of a call in a process of its own, all of whose checks have passed. */
    JsonNode passed(String only) throws IOException, InterruptedException {
        ProcessBuilder builder =
                OwnProcess.call(folder, arguments("--json", "--only=" + only).toArray(String[]::new));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process =
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        boolean ended = process.waitFor(MINUTES_ALLOWED, TimeUnit.MINUTES);
        process.destroy();

        assertThat(ended).as("ended within %d minutes", MINUTES_ALLOWED).isTrue();
        JsonNode document = JSON.readTree(Files.readString(out));
        assertThat(document.path("checks"))
                .as(Files.readString(err))
                .isNotEmpty()
                .allMatch(check -> check.path("passed").asBoolean());
        assertThat(process.exitValue()).isZero();
        return document;
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
