package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * R0.1 on Google Cloud: what {@code verify-cloud} tries there of crashes, on the emulator. Each service dies right after
 * each of its calls that change something, and before the first, and their answers are lost; each row is loaded once. A class
 * of its own, so that it runs beside the other checks.
 */
@EnabledIfSystemProperty(named = "thorough", matches = ".*")
class VerifyCloudCrashesTest {
    @TempDir
    private Path folder;

    @Test
    @Timeout(720)
    void noRowIsLostOrDoubledByAnyCrashOrLostAnswer() throws Exception {
        try (EmulatedVerification verification = new EmulatedVerification(folder)) {
            JsonNode document = verification.passed("--only=lost-answers,kills");

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
            assertThat(verification.left()).isEmpty();
        }
    }
}
