package dev.millrace.loader.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.emulator.GcpEmulator;
import dev.millrace.loader.LoaderApplication;
import dev.millrace.pipeline.Destination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Publication;
import dev.millrace.testing.ServiceUnderTest;
import io.micronaut.context.ApplicationContext;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the loader may publish, by its configuration. */
class BucketsTest {
    @TempDir
    Path folder;

    private static Publication publication(String bucket) {
        return new Publication(
                new Destination.Bucket(
                        bucket, "events/raw", null, Destination.Empty.FAIL, Destination.Bucket.Validate.JSON),
                null);
    }

    private StagingStore open(Map<String, Object> properties, String bucket, @Nullable String credentials) {
        Map<String, Object> all = new HashMap<>(properties);
        all.put("millrace.service.key", ServiceUnderTest.KEY);
        all.put("micronaut.server.port", -1);
        all.put("millrace.staging.folder", folder.resolve("staging").toString());
        all.put("millrace.warehouse.file", folder.resolve("warehouse.duckdb").toString());
        try (ApplicationContext context = ApplicationContext.builder(LoaderApplication.NAME)
                .deduceEnvironment(false)
                .properties(all)
                .start()) {
            return context.getBean(Buckets.class).of(publication(bucket), credentials);
        }
    }

    private MillraceException refused(Map<String, Object> properties, String bucket, @Nullable String credentials) {
        return catchThrowableOfType(MillraceException.class, () -> open(properties, bucket, credentials));
    }

    @Test
    void nothingIsPublishedAnywhereUnlessTheConfigurationSaysSo() {
        MillraceException byDefault = refused(Map.of(), "lake", null);
        assertThat(byDefault.code()).isEqualTo(ErrorCode.BUCKET_REFUSED);
        assertThat(byDefault.detail()).contains("bucket lake", "millrace.publish.folder");

        MillraceException inTheCloud = refused(Map.of("millrace.publish.type", "gcs"), "lake", null);
        assertThat(inTheCloud.code()).isEqualTo(ErrorCode.BUCKET_REFUSED);
        assertThat(inTheCloud.detail()).contains("bucket lake", "millrace.publish.buckets, which is empty");
    }

    @Test
    void aBucketIsAFolderInTheOneThatIsConfigured() {
        StagingStore lake = open(
                Map.of("millrace.publish.folder", folder.resolve("published").toString()), "lake", null);

        assertThat(lake.createIfAbsent("a", new byte[] {1})).isTrue();
        assertThat(folder.resolve("published/lake/a")).hasBinaryContent(new byte[] {1});
    }

    @Test
    void onlyBucketsOfTheListAreWritten() throws IOException {
        try (GcpEmulator emulator = GcpEmulator.start(folder.resolve("google"))) {
            emulator.buckets().create("lake");
            emulator.buckets().create("lake-of-others");
            Map<String, Object> properties = Map.of(
                    "millrace.publish.type", "gcs",
                    "millrace.publish.buckets", "lake,pond",
                    "millrace.gcp.authentication", "none",
                    "millrace.gcp.storage-host", emulator.http().toString());

            assertThat(open(properties, "lake", null).createIfAbsent("a", new byte[] {1}))
                    .isTrue();
            assertThat(emulator.buckets().find("lake", "a")).isPresent();

            MillraceException refused = refused(properties, "lake-of-others", null);
            assertThat(refused.code()).isEqualTo(ErrorCode.BUCKET_REFUSED);
            assertThat(refused.detail())
                    .isEqualTo("nothing may be published to bucket lake-of-others (expected: one of"
                            + " millrace.publish.buckets, lake, pond)");

            MillraceException missing = catchThrowableOfType(
                    MillraceException.class,
                    () -> open(properties, "pond", null).createIfAbsent("a", new byte[] {1}));
            assertThat(missing.code()).isEqualTo(ErrorCode.STAGING_UNAVAILABLE);
            assertThat(missing.detail()).contains("bucket pond");
        }
    }

    @Test
    void aPipelineThatNamesCredentialsGetsThoseOrNone() {
        Map<String, Object> properties = Map.of(
                "millrace.publish.type", "gcs",
                "millrace.publish.buckets", "lake",
                "millrace.gcp.credentials.writer.key-file",
                        folder.resolve("missing.json").toString());

        MillraceException unknown = refused(properties, "lake", "reader");
        assertThat(unknown.code()).isEqualTo(ErrorCode.CREDENTIALS_UNKNOWN);
        assertThat(unknown.detail()).contains("'reader'", "writer");

        MillraceException unusable = refused(properties, "lake", "writer");
        assertThat(unusable.code()).isEqualTo(ErrorCode.CREDENTIALS_UNUSABLE);
        assertThat(unusable.detail()).contains("missing.json");
    }
}
