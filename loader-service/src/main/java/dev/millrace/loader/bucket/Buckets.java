package dev.millrace.loader.bucket;

import dev.millrace.staging.StagingStore;
import dev.millrace.task.Publication;

/** The buckets that may be published to. Safe for use by several threads. */
interface Buckets {
    /**
     * The bucket that is published to. Nothing is asked of it yet.
     *
     * @throws dev.millrace.problem.MillraceException with {@code BUCKET_REFUSED} when it may not be written; with {@code
     *     CREDENTIALS_UNKNOWN} or {@code CREDENTIALS_UNUSABLE} when the publication names credentials that can't be had
     */
    StagingStore of(Publication publication);
}
