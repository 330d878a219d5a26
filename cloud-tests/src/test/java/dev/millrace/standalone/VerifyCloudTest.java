package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** R5.1 on Google Cloud: what {@code verify-cloud} tries there but crashes, on the emulator. */
class VerifyCloudTest {
    private static final String SECRET = "projects/test-project/secrets/api_key";

    @TempDir
    private Path folder;

    private EmulatedVerification verification;

    @BeforeEach
    void start() throws IOException {
        verification = new EmulatedVerification(folder);
    }

    @AfterEach
    void stop() {
        verification.close();
    }

    @Test
    @Timeout(720)
    void checksPassOnTheEmulatorNoSecretIsShownAndNothingIsLeft() throws Exception {
        verification.google().secrets().add(SECRET, "eldest\nword");
        verification.google().secrets().add(SECRET, "the newest");

        // what the others try, the tests of the warehouse try on the emulator, too
        List<String> checks = EmulatedVerification.THOROUGH
                ? List.of(
                        "types",
                        "geographies",
                        "tables",
                        "dry-runs",
                        "rollbacks",
                        "backups",
                        "sources",
                        "jobs",
                        "secrets")
                : List.of("secrets");

        JsonNode document =
                verification.passed("--only=" + String.join(",", checks), "--secret=api_key@1", secretManager());

        assertThat(document.path("checks"))
                .extracting(check -> check.path("check").asText())
                .containsAll(checks);
        assertThat(document.path("checks"))
                .filteredOn(check -> check.path("check").asText().equals("secrets"))
                .extracting(
                        check -> check.path("what").asText(),
                        check -> check.path("seen").asText())
                .satisfiesExactly(
                        latest -> assertThat(latest.toList().toString())
                                .contains("the latest version of api_key", "a value of 10 bytes"),
                        pinned -> assertThat(pinned.toList().toString()).contains("api_key@1", "a value of 11 bytes"),
                        absent -> assertThat(absent.toList().toString())
                                .contains("one that isn't there", "FAILED with SECRET_MISSING"));
        assertThat(document.toString()).doesNotContain("eldest", "the newest");
        assertThat(verification.left()).isEmpty();
    }

    @Test
    @Timeout(240)
    @EnabledIfSystemProperty(named = "thorough", matches = ".*")
    void aCheckThatFailsIsNamedTheOthersGoOnAndNothingIsLeft() throws Exception {
        verification.google().secrets().add(SECRET, "a value");
        verification.google().secrets().deny(SECRET);
        try (EmulatedVerification.Call call =
                verification.begin("--only=secrets", "--secret=api_key", secretManager())) {
            assertThat(call.exitCode()).isEqualTo(1);
            assertThat(call.out().lines().filter(line -> line.startsWith("FAIL")))
                    .singleElement()
                    .asString()
                    .contains("secrets: the latest version of api_key", "SECRET_DENIED", SECRET);
            assertThat(call.out().lines().filter(line -> line.startsWith("pass")))
                    .anyMatch(line -> line.contains("secrets: one that isn't there"))
                    .anyMatch(line -> line.contains("clean-up"));
            assertThat(call.out()).contains("1 failed", "jobs of BigQuery");
        }
        assertThat(verification.left()).isEmpty();
    }

    private String secretManager() {
        return "--secret-manager-host=" + verification.google().secretManager();
    }

    @Test
    @Timeout(240)
    void aCallThatIsToldToEndLeavesNothingAndWhatAKilledOneHasLeftIsDeletedAfterADay() throws Exception {
        String now = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss")
                .format(Instant.now().minus(Duration.ofHours(3)).atOffset(ZoneOffset.UTC));
        String young = "d_verify_" + now + "_0123abcd";
        List<String> others = List.of("d_other", "d_verify_mine", "e_verify_20200101T000000_0123abcd", young);
        for (String dataset : others) {
            verification.makeDataset(dataset);
        }
        verification.makeDataset("d_verify_20200101T000000_0123abcd_ledger");
        verification
                .google()
                .buckets()
                .overwrite(
                        EmulatedVerification.BUCKET, "millrace-verify/20200102T000000_0123abcd/staging/x", new byte[1]);
        verification.google().buckets().overwrite(EmulatedVerification.BUCKET, "mine", new byte[1]);

        try (EmulatedVerification.Call call = verification.begin("--only=types")) {
            await().atMost(Duration.ofSeconds(150)).until(() -> call.out().contains("types: replace"));
            assertThat(call.out()).contains("d_verify_20200101T000000_0123abcd_ledger", "1 objects");
            call.interrupt();

            assertThat(call.exitCode()).isNotZero();
            assertThat(call.out()).contains("clean-up");
        }
        List<String> kept = new ArrayList<>(others);
        kept.add("mine");
        assertThat(verification.left()).containsExactlyInAnyOrderElementsOf(kept);
    }

    @Test
    @Timeout(60)
    void withoutAccessNothingElseIsTried() throws Exception {
        Terminal.Call call = new Terminal(folder)
                .begin(Stream.concat(verification.arguments().stream(), Stream.of("--bucket=nobody"))
                        .filter(argument -> !argument.equals("--bucket=" + EmulatedVerification.BUCKET))
                        .toArray(String[]::new));
        assertThat(call.exitCode()).isEqualTo(1);
        assertThat(call.out().lines().filter(line -> line.startsWith("FAIL")))
                .anyMatch(line -> line.startsWith("FAIL  access: "));
        assertThat(call.out()).doesNotContain("types");
        assertThat(verification.left()).isEmpty();
    }
}
