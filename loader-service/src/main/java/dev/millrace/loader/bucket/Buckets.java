package dev.millrace.loader.bucket;

import dev.millrace.staging.StagingStore;

/** The buckets that may be published to. Safe for use by several threads. */
interface Buckets {
    /** @throws dev.millrace.problem.MillraceException with {@code BUCKET_REFUSED} for any other */
    StagingStore of(String bucket);
}
