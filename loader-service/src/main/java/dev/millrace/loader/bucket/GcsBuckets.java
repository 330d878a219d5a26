package dev.millrace.loader.bucket;

import dev.millrace.gcp.GcpConfig;
import dev.millrace.gcp.GoogleCredentialsByName;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.gcs.GcsStagingStore;
import dev.millrace.task.Publication;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/**
 * Buckets of Cloud Storage that are on a list: who writes a pipeline file may not choose among all that the loader's
 * account can write. The credentials are looked up for each publication, so that a key that was exchanged counts.
 */
final class GcsBuckets implements Buckets {
    private final List<String> allowed;
    private final int chunkSize;
    private final GcpConfig gcp;
    private final GoogleCredentialsByName credentials;

    /** @param chunkSize in bytes, as for {@link GcsStagingStore#open} */
    GcsBuckets(List<String> allowed, int chunkSize, GcpConfig gcp, GoogleCredentialsByName credentials) {
        this.allowed = List.copyOf(allowed);
        this.chunkSize = chunkSize;
        this.gcp = gcp;
        this.credentials = credentials;
    }

    @Override
    public StagingStore of(Publication publication, @Nullable String named) {
        String bucket = publication.destination().bucket();
        if (!allowed.contains(bucket)) {
            throw new MillraceException(
                    ErrorCode.BUCKET_REFUSED,
                    "nothing may be published to bucket " + bucket + " (expected: "
                            + (allowed.isEmpty()
                                    ? "its name in the loader's property millrace.publish.buckets, which is empty"
                                    : "one of millrace.publish.buckets, " + String.join(", ", allowed))
                            + ")");
        }
        return GcsStagingStore.open(bucket, "", chunkSize, gcp, credentials.credentials(named));
    }
}
