package dev.millrace.standalone.cloud.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.emulator.GcpEmulator;
import dev.millrace.problem.ErrorCode;
import dev.millrace.standalone.process.FourProcesses;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.OneProcess;
import dev.millrace.standalone.process.Settings;
import dev.millrace.task.Heartbeat;
import dev.millrace.testing.KeyFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys of service accounts, and the tokens that they are exchanged for, are written nowhere. */
@Timeout(600)
class KeyFilesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String SPOILT = "MIIEvSpoiltKeyOfNobody0123456789";

    @TempDir
    private Path folder;

    private static Map<String, Object> properties(GcpEmulator google, Path key, Path spoilt) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("millrace.gcp.project", "test-project");
        properties.put("millrace.gcp.storage-host", google.http().toString());
        properties.put("millrace.gcp.bigquery-host", google.http().toString());
        properties.put("millrace.gcp.credentials.team.key-file", key.toString());
        properties.put("millrace.gcp.credentials.spoilt.key-file", spoilt.toString());
        properties.put("millrace.staging.type", "gcs");
        properties.put("millrace.staging.bucket", "staging");
        properties.put("millrace.staging.credentials", "team");
        properties.put("millrace.warehouse.type", "bigquery");
        return properties;
    }

    private static String yaml(String pipeline, String credentials) {
        return new Feed(
                        pipeline,
                        "table: test." + pipeline + ", write: append",
                        List.of("{name: id, type: INTEGER}"),
                        List.of())
                .yaml()
                .replace("source:", "credentials: " + credentials + "\nsource:");
    }

    @Test
    void theyAreWrittenNowhere() throws Exception {
        Home home = new Home(folder.resolve("home"));
        home.create();
        Path spoilt = Files.writeString(
                folder.resolve("spoilt.json"), "{\"type\": \"service_account\", \"private_key\": \"" + SPOILT + "\n");
        List<String> said = new ArrayList<>();
        List<String> secrets = new ArrayList<>(List.of("emulated-token-of-", SPOILT, "BEGIN PRIVATE KEY"));
        try (GcpEmulator google = GcpEmulator.start(folder.resolve("google"))) {
            google.buckets().create("staging");
            Path key = KeyFile.write(
                    folder.resolve("team.json"), "team@test-project.iam.gserviceaccount.com", google.http());
            secrets.addAll(Arrays.stream(Files.readString(key).split("\\\\n|\"", -1))
                    .filter(line -> line.matches("[A-Za-z0-9+/=]{60,}"))
                    .toList());
            assertThat(secrets).hasSizeGreaterThan(20);
            try (Installed installed = new Installed(
                    FourProcesses.start(
                            new Settings(
                                    home,
                                    List.of(home.pipelines()),
                                    0,
                                    true,
                                    service -> properties(google, key, spoilt)),
                            said::add),
                    home)) {
                installed.loadAll("fine", yaml("fine", "team"), List.of("{\"id\": 1}"));
                assertThat(google.calls().all())
                        .filteredOn(call -> call.path().startsWith("/bigquery/"))
                        .isNotEmpty()
                        .allMatch(call -> call.caller().startsWith("team@"));

                String run = installed
                        .start("broken", yaml("broken", "spoilt"), List.of("{\"id\": 1}"), null)
                        .getFirst();
                await().atMost(PATIENCE)
                        .until(() -> installed
                                .gateway()
                                .log(run, Heartbeat.Level.DEBUG)
                                .contains(ErrorCode.CREDENTIALS_UNUSABLE.name()));
                said.add(installed.gateway().log(run, Heartbeat.Level.DEBUG));
                said.add(installed.gateway().run(run));
                said.add(installed.gateway().runs(null, null, 10));
            }
        }
        for (String secret : secrets) {
            assertThat(said).as(secret).noneMatch(text -> text.contains(secret));
            assertThat(filesWith(secret)).as(secret).isEmpty();
        }
    }

    @Test
    void aRunWhoseKeyIsGoneEndsAndIsTakenUpAgainWhenItIsBack() throws Exception {
        Home home = new Home(folder.resolve("home"));
        home.create();
        try (GcpEmulator google = GcpEmulator.start(folder.resolve("google"))) {
            google.buckets().create("staging");
            String account = "team@test-project.iam.gserviceaccount.com";
            Path staging = KeyFile.write(folder.resolve("team.json"), account, google.http());
            Path key = folder.resolve("later.json");
            try (Installed installed = new Installed(
                    OneProcess.start(new Settings(
                            home, List.of(home.pipelines()), 0, true, service -> properties(google, staging, key))),
                    home)) {
                String run = installed
                        .start("late", yaml("late", "spoilt"), List.of("{\"id\": 1}"), null)
                        .getFirst();
                assertThat(Installed.describe(installed.await(run)))
                        .startsWith("FAILED with CREDENTIALS_UNUSABLE: the key file " + key);
                installed.gateway().retry(run);
                assertThat(Installed.describe(installed.await(run)))
                        .startsWith("FAILED with CREDENTIALS_UNUSABLE: the key file " + key);

                KeyFile.write(key, account, google.http());
                installed.gateway().retry(run);
                Installed.succeeded(installed.await(run));
                assertThat(installed.gateway().log(run, Heartbeat.Level.DEBUG))
                        .contains("loaded 1 rows into test.late, which now has 1");
                await().atMost(PATIENCE)
                        .until(() -> google.buckets().list("staging", "runs/").isEmpty());
            }
        }
    }

    /** All files of the installation and the emulator, what is compressed as well; not the keys themselves. */
    private List<Path> filesWith(String text) throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path root : List.of(folder.resolve("home"), folder.resolve("google"))) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    if (content(file).contains(text)) {
                        found.add(file);
                    }
                }
            }
        }
        return found;
    }

    private static String content(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length > 2 && (bytes[0] & 0xff) == 0x1f && (bytes[1] & 0xff) == 0x8b) {
            try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
                bytes = in.readAllBytes();
            }
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
