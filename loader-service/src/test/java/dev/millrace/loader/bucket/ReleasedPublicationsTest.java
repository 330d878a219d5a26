package dev.millrace.loader.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.loader.LoaderApplication;
import dev.millrace.pipeline.Destination;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Publication;
import dev.millrace.testing.ServiceUnderTest;
import io.micronaut.context.ApplicationContext;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What earlier versions left in a bucket is understood for ever. */
class ReleasedPublicationsTest {
    private static final String COMMITTED = "3609caed-1d0a-479e-ab4c-8a530f989f10";
    private static final String OTHER = "00000000-0000-0000-0000-000000000001";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = "0.1")
    void aPublicationThatWasCommittedIsFoundAndTheNextDecisionStandsBesideIt(String version) throws Exception {
        Path samples = Path.of("src/test/resources/samples", version);
        Publication publication = new Publication(
                new Destination.Bucket(
                        "lake", "trial/published", null, Destination.Empty.FAIL, Destination.Bucket.Validate.JSON),
                null);
        LocalStagingStore bucket = new LocalStagingStore(folder.resolve("lake"));
        for (String name : new String[] {"_ledger.json", "_published.json"}) {
            assertThat(bucket.createIfAbsent("trial/published/" + name, Files.readAllBytes(samples.resolve(name))))
                    .isTrue();
        }

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
            ObjectMapper json = context.getBean(ObjectMapper.class);
            PublicationTarget target = new PublicationTarget(publication, bucket, json);

            assertThat(target.abort(COMMITTED, 1)).isEqualTo(new Abort.AlreadyCommitted(new LoadResult(10, 0, 10)));
            assertThat(target.abort(OTHER, 1)).isEqualTo(new Abort.Closed());
            try (InputStream in = bucket.open("trial/published/_ledger.json")) {
                PublishLedger ledger = Objects.requireNonNull(json.readValue(in, Argument.of(PublishLedger.class)));
                assertThat(ledger.of(COMMITTED)).isPresent();
                assertThat(ledger.of(OTHER)).isPresent();
                assertThat(ledger.nextNumber()).isEqualTo(2);
            }
            PublicationMarker marker = Objects.requireNonNull(json.readValue(
                    Files.readString(samples.resolve("_published.json"), StandardCharsets.UTF_8),
                    Argument.of(PublicationMarker.class)));
            assertThat(marker.number()).isEqualTo(1);
            assertThat(marker.rows()).isEqualTo(10);
        }
    }
}
