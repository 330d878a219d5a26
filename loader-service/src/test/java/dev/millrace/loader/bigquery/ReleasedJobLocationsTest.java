package dev.millrace.loader.bigquery;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.context.ApplicationContext;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where earlier versions ran the jobs of a load is understood for ever. */
class ReleasedJobLocationsTest {
    @ParameterizedTest
    @ValueSource(strings = "0.1")
    void theJobsOfALoadAreFoundWhereTheyRan(String version) throws Exception {
        String sample = Files.readString(Path.of("src/test/resources/samples", version, "bigquery.json"));

        try (ApplicationContext context = ApplicationContext.builder()
                .deduceEnvironment(false)
                .properties(Map.of("millrace.warehouse.type", "none"))
                .start()) {
            JobLocation location =
                    context.getBean(ObjectMapper.class).readValue(sample, Argument.of(JobLocation.class));

            assertThat(location).isEqualTo(new JobLocation("my-project", "EU", "millrace"));
        }
    }
}
