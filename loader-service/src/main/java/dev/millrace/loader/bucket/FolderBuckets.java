package dev.millrace.loader.bucket;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Publication;
import io.micronaut.core.annotation.Nullable;
import java.nio.file.Path;

/** Buckets that are folders beside each other. Their names hold no dot and no slash, so that none leads elsewhere. */
final class FolderBuckets implements Buckets {
    private final @Nullable Path folder;

    /** @param folder whose subfolders they are; null: none may be published to */
    FolderBuckets(@Nullable Path folder) {
        this.folder = folder;
    }

    @Override
    public StagingStore of(Publication publication, @Nullable String credentials) {
        String bucket = publication.destination().bucket();
        if (folder == null) {
            throw new MillraceException(
                    ErrorCode.BUCKET_REFUSED,
                    "nothing may be published to bucket " + bucket
                            + " (expected: the loader's property millrace.publish.folder, a folder for buckets)");
        }
        return new LocalStagingStore(folder.resolve(bucket));
    }
}
