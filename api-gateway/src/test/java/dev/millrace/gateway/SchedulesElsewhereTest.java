package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchedulesElsewhereTest {
    @Test
    void aGatewayThatKnowsNothingOfSchedulesSaysSo(@TempDir Path folder) {
        try (ScriptedServices services = new ScriptedServices(folder.resolve("staging"));
                GatewayUnderTest gateway = GatewayUnderTest.start(
                        folder,
                        services,
                        Map.of("url", "jdbc:h2:file:" + folder.resolve("runs")),
                        Clock.systemUTC(),
                        Map.of("millrace.gateway.schedules.type", "none"))) {
            assertThat(gateway.get("/api/v1/schedules").text("code")).isEqualTo("SCHEDULES_ELSEWHERE");
            assertThat(gateway.post("/api/v1/schedules/school/students/suspend", "")
                            .status())
                    .isEqualTo(409);
        }
    }
}
