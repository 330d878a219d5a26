package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * R0.1 on Google Cloud: what {@code verify-cloud} tries there of crashes, on the emulator. Each service dies right before
 * and right after its first call that changes something; each row is loaded once. With {@code -Dthorough} it dies after
 * each of these calls, and their answers are lost, too. A class of its own, so that it runs beside the other checks.
 */
class VerifyCloudCrashesTest {

    @TempDir
    private Path folder;

    @Test
    @Timeout(720)
    void noRowIsLostOrDoubledByAnyCrashOrLostAnswer() throws Exception {
        try (EmulatedVerification verification = new EmulatedVerification(folder)) {
            JsonNode document = EmulatedVerification.THOROUGH
                    ? verification.passed("--only=lost-answers,kills")
                    : verification.passed("--only=kills", "--every=1000");

            assertThat(document.path("checks"))
                    .filteredOn(check -> check.path("check").asText().equals("kills"))
                    .extracting(check -> check.path("what").asText())
                    .filteredOn(what -> what.startsWith("after ") && what.endsWith("by the loader"))
                    .hasSizeGreaterThanOrEqualTo(EmulatedVerification.THOROUGH ? 10 : 1);
            for (String service : List.of("extractor", "transformer", "api-gateway")) {
                assertThat(document.path("checks"))
                        .extracting(check -> check.path("what").asText())
                        .anyMatch(what -> what.startsWith("after ") && what.endsWith("by the " + service));
            }
            assertThat(verification.left()).isEmpty();
        }
    }
}
