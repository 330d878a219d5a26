package dev.millrace.loader.bigquery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.loader.LoaderApplication;
import dev.millrace.testing.ServiceUnderTest;
import io.micronaut.context.ApplicationContext;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where earlier versions ran the jobs of a load is understood for ever. */
class ReleasedJobLocationsTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = "0.1")
    void theJobsOfALoadAreFoundWhereTheyRan(String version) throws Exception {
        String sample = Files.readString(Path.of("src/test/resources/samples", version, "bigquery.json"));

        try (ApplicationContext context = ApplicationContext.builder(LoaderApplication.NAME)
                .deduceEnvironment(false)
                .properties(Map.of(
                        "millrace.service.key",
                        ServiceUnderTest.KEY,
                        "millrace.staging.folder",
                        folder.resolve("staging").toString(),
                        "millrace.warehouse.file",
                        folder.resolve("warehouse.duckdb").toString()))
                .start()) {
            JobLocation location =
                    context.getBean(ObjectMapper.class).readValue(sample, Argument.of(JobLocation.class));

            assertThat(location).isEqualTo(new JobLocation("my-project", "EU", "millrace"));
        }
    }
}
