package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * R0.1, R5.1 on Google Cloud: what {@code verify-cloud} tries there, on the emulator. Each service dies right after
 * each of its calls that change something, and before the first, and the answer of each call is lost; each row is loaded
 * once.
 */
class VerifyCloudTest {
    private static final String BUCKET = "staging";
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path folder;

    private GcpEmulator google;

    @BeforeEach
    void start() throws IOException {
        google = GcpEmulator.start(folder.resolve("google"));
        google.buckets().create(BUCKET);
    }

    @AfterEach
    void stop() {
        google.close();
    }

    private List<String> arguments(String... more) {
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

    private Terminal.Call begin(String... more) {
        return new Terminal(folder).begin(arguments(more).toArray(String[]::new));
    }

    private HttpResponse<String> call(HttpRequest.Builder request) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    private JsonNode read(String path) throws IOException, InterruptedException {
        URI uri = google.http().resolve(path);
        return JSON.readTree(call(HttpRequest.newBuilder(uri)).body());
    }

    /** Names of all datasets and objects. */
    private List<String> left() throws IOException, InterruptedException {
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

    private void makeDataset(String name) throws IOException, InterruptedException {
        String dataset = "{\"datasetReference\": {\"datasetId\": \"" + name + "\"}}";
        assertThat(call(HttpRequest.newBuilder(google.http().resolve("/bigquery/v2/projects/test-project/datasets"))
                                .POST(HttpRequest.BodyPublishers.ofString(dataset)))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    @Timeout(720)
    void everyCheckPassesOnTheEmulatorAndNothingIsLeft() throws Exception {
        ProcessBuilder builder = OwnProcess.call(folder, arguments("--json").toArray(String[]::new));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process =
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        boolean ended = process.waitFor(700, TimeUnit.SECONDS);
        process.destroy();

        assertThat(ended).isTrue();
        JsonNode document = JSON.readTree(Files.readString(out));
        assertThat(document.path("checks"))
                .as(Files.readString(err))
                .isNotEmpty()
                .allMatch(check -> check.path("passed").asBoolean());
        assertThat(process.exitValue()).isZero();
        assertThat(document.path("checks"))
                .filteredOn(check -> check.path("check").asText().equals("kills"))
                .extracting(check -> check.path("what").asText())
                .filteredOn(what -> what.startsWith("after ") && what.endsWith("by the loader"))
                .hasSizeGreaterThanOrEqualTo(10);
        for (String service : List.of("extractor", "transformer", "api-gateway")) {
            assertThat(document.path("checks"))
                    .extracting(check -> check.path("what").asText())
                    .anyMatch(what -> what.startsWith("after ") && what.endsWith("by the " + service));
        }
        assertThat(left()).isEmpty();
    }

    @Test
    @Timeout(240)
    void aCheckThatFailsIsNamedTheOthersGoOnAndNothingIsLeft() throws Exception {
        google.jobFaults().fail("^millrace_[0-9a-f-]{36}_1_1$", "quotaExceeded", "Quota exceeded: too many loads");

        Terminal.Call call = begin("--only=jobs");
        await().atMost(Duration.ofMinutes(3)).until(() -> call.out().contains("jobs of BigQuery"));

        assertThat(call.exitCode()).isEqualTo(1);
        assertThat(call.out().lines().filter(line -> line.startsWith("FAIL")))
                .singleElement()
                .asString()
                .contains("jobs: an id that is taken", "QUOTA_EXCEEDED", "too many loads");
        assertThat(call.out().lines().filter(line -> line.startsWith("pass"))).hasSizeGreaterThanOrEqualTo(5);
        assertThat(call.out()).contains("1 failed", "clean-up");
        assertThat(left()).isEmpty();
    }

    @Test
    @Timeout(240)
    void aSecretIsReadWhenOneIsNamedAndItsValueIsShownNowhere() throws Exception {
        google.secrets().add("projects/test-project/secrets/api_key", "first\nvalue");
        google.secrets().add("projects/test-project/secrets/api_key", "the latest");
        String host = "--secret-manager-host=" + google.secretManager();

        Terminal.Call call = begin("--only=secrets", "--secret=api_key@1", host);
        await().atMost(Duration.ofMinutes(2)).until(() -> call.out().contains("jobs of BigQuery"));

        assertThat(call.exitCode()).as(call.out()).isZero();
        assertThat(call.out())
                .contains(
                        "the latest version of api_key",
                        "a value of 10 bytes",
                        "api_key@1",
                        "a value of 11 bytes",
                        "one that isn't there",
                        "FAILED with SECRET_MISSING")
                .doesNotContain("the latest\n", "first");
        assertThat(left()).isEmpty();

        google.secrets().deny("projects/test-project/secrets/api_key");
        Terminal.Call denied = begin("--only=secrets", "--secret=api_key", host);
        await().atMost(Duration.ofMinutes(2)).until(() -> denied.out().contains("jobs of BigQuery"));
        assertThat(denied.exitCode()).isEqualTo(1);
        assertThat(denied.out().lines().filter(line -> line.startsWith("FAIL")))
                .singleElement()
                .asString()
                .contains("SECRET_DENIED", "projects/test-project/secrets/api_key");

        Terminal.Call wrong = begin("--only=secrets", host);
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("the secret that is to be read");
    }

    @Test
    @Timeout(240)
    void ctrlCLeavesNothingAndWhatAKilledCallHasLeftIsDeletedAfterADay() throws Exception {
        String now = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss")
                .format(Instant.now().minus(Duration.ofHours(3)).atOffset(ZoneOffset.UTC));
        String young = "d_verify_" + now + "_0123abcd";
        List<String> others = List.of("d_other", "d_verify_mine", "e_verify_20200101T000000_0123abcd", young);
        for (String dataset : others) {
            makeDataset(dataset);
        }
        makeDataset("d_verify_20200101T000000_0123abcd_ledger");
        google.buckets().overwrite(BUCKET, "millrace-verify/20200102T000000_0123abcd/staging/x", new byte[1]);
        google.buckets().overwrite(BUCKET, "mine", new byte[1]);

        Terminal.Call call = begin("--only=types");
        await().atMost(Duration.ofSeconds(150)).until(() -> call.out().contains("types: replace"));
        assertThat(call.out()).contains("d_verify_20200101T000000_0123abcd_ledger", "1 objects");
        call.interrupt();

        assertThat(call.exitCode()).isEqualTo(1);
        assertThat(call.out()).contains("clean-up");
        List<String> kept = new ArrayList<>(others);
        kept.add("mine");
        assertThat(left()).containsExactlyInAnyOrderElementsOf(kept);
    }

    @Test
    @Timeout(60)
    void withoutAccessNothingElseIsTried() throws Exception {
        Terminal.Call call = new Terminal(folder)
                .begin(Stream.concat(arguments().stream(), Stream.of("--bucket=nobody"))
                        .filter(argument -> !argument.equals("--bucket=" + BUCKET))
                        .toArray(String[]::new));
        assertThat(call.exitCode()).isEqualTo(1);
        assertThat(call.out().lines().filter(line -> line.startsWith("FAIL")))
                .anyMatch(line -> line.startsWith("FAIL  access: "));
        assertThat(call.out()).doesNotContain("types");
        assertThat(left()).isEmpty();
    }
}
