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
import org.junit.jupiter.api.io.TempDir;

/** R5.1 on Google Cloud: what {@code verify-cloud} tries there but crashes, on the emulator. */
class VerifyCloudTest {
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
    void everyCheckPassesOnTheEmulatorAndNothingIsLeft() throws Exception {
        JsonNode document = verification.passed("types,tables,jobs");

        assertThat(document.path("checks"))
                .extracting(check -> check.path("check").asText())
                .contains("types", "tables", "jobs");
        assertThat(verification.left()).isEmpty();
    }

    @Test
    @Timeout(240)
    void aCheckThatFailsIsNamedTheOthersGoOnAndNothingIsLeft() throws Exception {
        verification
                .google()
                .jobFaults()
                .fail("^millrace_[0-9a-f-]{36}_1_1$", "quotaExceeded", "Quota exceeded: too many loads");

        Terminal.Call call = verification.begin("--only=jobs");
        await().atMost(Duration.ofMinutes(3)).until(() -> call.out().contains("jobs of BigQuery"));

        assertThat(call.exitCode()).isEqualTo(1);
        assertThat(call.out().lines().filter(line -> line.startsWith("FAIL")))
                .singleElement()
                .asString()
                .contains("jobs: an id that is taken", "QUOTA_EXCEEDED", "too many loads");
        assertThat(call.out().lines().filter(line -> line.startsWith("pass"))).hasSizeGreaterThanOrEqualTo(5);
        assertThat(call.out()).contains("1 failed", "clean-up");
        assertThat(verification.left()).isEmpty();
    }

    @Test
    @Timeout(240)
    void aSecretIsReadWhenOneIsNamedAndItsValueIsShownNowhere() throws Exception {
        verification.google().secrets().add("projects/test-project/secrets/api_key", "first\nvalue");
        verification.google().secrets().add("projects/test-project/secrets/api_key", "the latest");
        String host = "--secret-manager-host=" + verification.google().secretManager();

        Terminal.Call call = verification.begin("--only=secrets", "--secret=api_key@1", host);
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
        assertThat(verification.left()).isEmpty();

        verification.google().secrets().deny("projects/test-project/secrets/api_key");
        Terminal.Call denied = verification.begin("--only=secrets", "--secret=api_key", host);
        await().atMost(Duration.ofMinutes(2)).until(() -> denied.out().contains("jobs of BigQuery"));
        assertThat(denied.exitCode()).isEqualTo(1);
        assertThat(denied.out().lines().filter(line -> line.startsWith("FAIL")))
                .singleElement()
                .asString()
                .contains("SECRET_DENIED", "projects/test-project/secrets/api_key");

        Terminal.Call wrong = verification.begin("--only=secrets", host);
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
            verification.makeDataset(dataset);
        }
        verification.makeDataset("d_verify_20200101T000000_0123abcd_ledger");
        verification
                .google()
                .buckets()
                .overwrite(
                        EmulatedVerification.BUCKET, "millrace-verify/20200102T000000_0123abcd/staging/x", new byte[1]);
        verification.google().buckets().overwrite(EmulatedVerification.BUCKET, "mine", new byte[1]);

        Terminal.Call call = verification.begin("--only=types");
        await().atMost(Duration.ofSeconds(150)).until(() -> call.out().contains("types: replace"));
        assertThat(call.out()).contains("d_verify_20200101T000000_0123abcd_ledger", "1 objects");
        call.interrupt();

        assertThat(call.exitCode()).isEqualTo(1);
        assertThat(call.out()).contains("clean-up");
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
