package dev.millrace.extractor.file;

import com.google.cloud.storage.BlobId;
import dev.millrace.gcp.CloudStorage;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;

/**
 * Translation of Cloud Storage's failures into what they mean for a run.
 *
 * @see <a href="https://cloud.google.com/storage/docs/json_api/v1/status-codes">Status and error codes</a>
 */
final class BucketFailure {
    private static final int NOT_FOUND = 404;

    private BucketFailure() {}

    static MillraceException listing(String bucket, Exception failure) {
        return CloudStorage.statusOf(failure) == NOT_FOUND
                ? new MillraceException(ErrorCode.SOURCE_UNAVAILABLE, "there is no bucket " + bucket, failure)
                : of("bucket " + bucket + " can't be listed", bucket, failure);
    }

    static MillraceException reading(BlobId object, Exception failure) {
        return CloudStorage.statusOf(failure) == NOT_FOUND
                ? new MillraceException(
                        ErrorCode.SOURCE_INCONSISTENT,
                        object.toGsUtilUriWithGeneration() + " was replaced or deleted after the bucket was listed",
                        failure)
                : of(object.toGsUtilUriWithGeneration() + " can't be read", object.getBucket(), failure);
    }

    private static MillraceException of(String what, String bucket, Exception failure) {
        String detail = what + ": " + CloudStorage.describe(failure);
        return switch (CloudStorage.statusOf(failure)) {
            case 401, 403 ->
                new MillraceException(
                        ErrorCode.SOURCE_UNAUTHORIZED,
                        detail + " (expected: roles/storage.objectViewer on bucket " + bucket
                                + " for the account of the extractor, or for that of the pipeline's credentials)",
                        failure);
            case 0, 408, 429, 500, 502, 503, 504 ->
                new MillraceException(ErrorCode.SOURCE_UNAVAILABLE, detail, failure);
            default -> new MillraceException(ErrorCode.SOURCE_REFUSED, detail, failure);
        };
    }
}
