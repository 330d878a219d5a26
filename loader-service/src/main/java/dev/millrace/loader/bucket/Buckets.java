package dev.millrace.loader.bucket;

import dev.millrace.staging.StagingStore;
import dev.millrace.task.Publication;
import io.micronaut.core.annotation.Nullable;

/** The buckets that may be published to. Safe for use by several threads. */
interface Buckets {
    /**
     * The bucket that is published to. Nothing is asked of it yet.
     *
     * @param credentials name of the Google credentials to write with; null: those of the service
     * @throws dev.millrace.problem.MillraceException with {@code BUCKET_REFUSED} when it may not be written; with {@code
     *     CREDENTIALS_UNKNOWN} or {@code CREDENTIALS_UNUSABLE} when there are no such credentials, or they can't be read
     */
    StagingStore of(Publication publication, @Nullable String credentials);
}
