package dev.millrace.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.task.Step;
import dev.millrace.testing.ServiceUnderTest;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransformerConfigTest {
    @TempDir
    Path folder;

    @Test
    void leavesMemoryAndThreadsToTheMachineAndMakesPartsOf128MegabytesByDefault() {
        String scratch = folder.resolve("scratch").toString();
        try (ServiceUnderTest service =
                ServiceUnderTest.start(Step.TRANSFORM, folder, Map.of("millrace.transformer.scratch", scratch))) {
            assertThat(service.context().getBean(TransformerConfig.class))
                    .isEqualTo(new TransformerConfig(Path.of(scratch), null, null, 128L * 1024 * 1024));
        }
    }

    @Test
    void scratchFilesAreInTheSystemsFolderForThemByDefault() {
        assertThat(new TransformerConfig(null, null, null, 1).scratchFolder())
                .isEqualTo(Path.of(System.getProperty("java.io.tmpdir"), "millrace-transformer"));
    }

    @Test
    void sizesCarryTheirUnit() {
        Map<String, Object> properties = Map.of(
                "millrace.transformer.scratch", folder.resolve("scratch").toString(),
                "millrace.transformer.memory-limit", "2GB",
                "millrace.transformer.threads", "3",
                "millrace.transformer.part-size", "64MB");
        try (ServiceUnderTest service = ServiceUnderTest.start(Step.TRANSFORM, folder, properties)) {
            assertThat(service.context().getBean(TransformerConfig.class))
                    .isEqualTo(new TransformerConfig(
                            folder.resolve("scratch"), 2L * 1024 * 1024 * 1024, 3, 64L * 1024 * 1024));
        }
    }
}
