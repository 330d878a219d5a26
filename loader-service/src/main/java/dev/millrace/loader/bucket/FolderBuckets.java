package dev.millrace.loader.bucket;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.StagingStore;
import jakarta.inject.Singleton;
import java.nio.file.Path;

/** Buckets that are folders beside each other. Their names hold no dot and no slash, so that none leads elsewhere. */
@Singleton
final class FolderBuckets implements Buckets {
    private final PublishConfig config;

    FolderBuckets(PublishConfig config) {
        this.config = config;
    }

    @Override
    public StagingStore of(String bucket) {
        Path folder = config.folder();
        if (folder == null) {
            throw new MillraceException(
                    ErrorCode.BUCKET_REFUSED,
                    "nothing may be published to bucket " + bucket
                            + " (expected: the loader's property millrace.publish.folder, a folder for buckets)");
        }
        return new LocalStagingStore(folder.resolve(bucket));
    }
}
