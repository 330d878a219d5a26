package dev.millrace.extractor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.task.Step;
import dev.millrace.testing.ServiceUnderTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExtractorConfigTest {
    @Test
    void hasTheseDefaults(@TempDir Path staging) {
        try (ServiceUnderTest service = ServiceUnderTest.start(Step.EXTRACT, staging, Map.of())) {
            ExtractorConfig config = service.context().getBean(ExtractorConfig.class);
            assertThat(config)
                    .isEqualTo(new ExtractorConfig(
                            128 * 1024 * 1024,
                            8 * 1024 * 1024,
                            null,
                            List.of(Path.of("/")),
                            null,
                            200,
                            Duration.ofSeconds(60)));
            assertThat(config.scratchFolder()).isEqualTo(Path.of(System.getProperty("java.io.tmpdir")));
        }
    }
}
