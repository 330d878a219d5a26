package dev.millrace.problem;

/**
 * Why something failed. The names are stable: people script against them, and they are listed in
 * {@code docs/errors.md}. The HTTP status is the one that a route answers with when this is its problem.
 */
public enum ErrorCode {
    /** The pipeline file has errors. */
    PIPELINE_INVALID(422),
    PIPELINE_UNKNOWN(404),
    ENDPOINT_UNKNOWN(404),
    RUN_UNKNOWN(404),
    BATCH_UNKNOWN(404),
    /** An unfinished run of the same endpoint and window exists; its id is in {@code run}. */
    RUN_ACTIVE(409),
    /** The run is in a state in which the call makes no sense. */
    RUN_STATE(409),
    /** What is stored of the run can't be read. */
    SPEC_UNREADABLE(409),
    /** Nothing starts the endpoint on schedule. */
    SCHEDULE_UNKNOWN(404),
    /** Kubernetes doesn't let the gateway see or change CronJobs. */
    SCHEDULES_DENIED(500),
    /** Kubernetes's API server can't be reached, or fails. */
    SCHEDULES_UNAVAILABLE(502),
    /** The gateway has been told that schedules are none of its business. */
    SCHEDULES_ELSEWHERE(409),
    /** A service reported on a task that nobody gave it. */
    TASK_UNKNOWN(404),
    /** A service reported on an attempt that somebody else has taken over, or that nobody waits for any more. */
    STALE_ATTEMPT(409),
    /** The same idempotency key came with another request. */
    IDEMPOTENCY_KEY_REUSED(422),
    REQUEST_INVALID(400),
    UNAUTHORIZED(401),
    FORBIDDEN(403),
    NOT_FOUND(404),
    METHOD_NOT_ALLOWED(405),
    BODY_TOO_LARGE(413),
    MEDIA_TYPE_UNSUPPORTED(415),
    /** A service has no room for a further task. */
    BUSY(429),
    INTERNAL(500),
    /** Another service can't be reached. */
    SERVICE_UNAVAILABLE(503),

    /** A secret is not there, not readable or lacks the field. */
    SECRET_MISSING(500),
    /** The account of the service or the pipeline may not read a secret. */
    SECRET_DENIED(500),
    /** Where the secrets are can't be reached. */
    SECRETS_UNAVAILABLE(502),
    /** The pipeline names credentials that are not configured. */
    CREDENTIALS_UNKNOWN(500),
    /** The key file of credentials, or the application-default credentials, can't be read. */
    CREDENTIALS_UNUSABLE(500),
    /** The source can't be reached, or kept failing after the last attempt. */
    SOURCE_UNAVAILABLE(502),
    /** The source refused the credentials. */
    SOURCE_UNAUTHORIZED(502),
    /** The source answered with an error that is not tried again. */
    SOURCE_REFUSED(502),
    /** The source's answer is not what was announced: no JSON, cut off, no such path. */
    SOURCE_MALFORMED(502),
    /** The source's pages contradict each other or the declared total. */
    SOURCE_INCONSISTENT(502),
    /** No file matches. */
    SOURCE_EMPTY(502),

    /** A run that this one comes after has not succeeded. */
    UPSTREAM_FAILED(409),
    /** More records were rejected than the endpoint allows. */
    REJECTS_ABOVE_LIMIT(500),
    /** No records came for a table that has rows. */
    EMPTY_REPLACE(500),
    /** The table exists with columns that don't fit the schema. */
    TABLE_MISMATCH(500),
    /** No record of the run has a column in which the table has values, or which the endpoint insists on. */
    SCHEMA_DRIFT(500),
    /** What was staged is not what the manifest says. */
    STAGING_CORRUPT(500),
    /** Staging can't be read or written, for example because the disk is full. */
    STAGING_UNAVAILABLE(500),
    /** The warehouse can't be reached or refused a statement. */
    WAREHOUSE_FAILED(500),
    /** BigQuery refused the credentials, or they lack a permission. */
    WAREHOUSE_DENIED(500),
    /** A project, dataset, table or job that must be there is not, or is in another location. */
    WAREHOUSE_NOT_FOUND(500),
    /** A quota or rate of BigQuery is used up. */
    QUOTA_EXCEEDED(500),
    /** The statement would bill more bytes than the configuration allows. */
    BYTES_BILLED_EXCEEDED(500),
    /** Rows that were streamed into the table a short while ago can't be changed yet. */
    STREAMING_BUFFER(500),
    /** The load would change more partitions than BigQuery allows one job. */
    PARTITIONS_EXCEEDED(500),
    /** The loader may not publish to the bucket. */
    BUCKET_REFUSED(403),
    /** The load was aborted before it could commit. */
    LOAD_ABORTED(409),
    /** A query is not a single read-only statement, or reaches for something outside of the warehouse. */
    QUERY_REFUSED(422),
    /** The query's SQL is wrong, or it failed. */
    QUERY_FAILED(422),
    /** The service that had the task stopped answering, on every attempt. */
    WORKER_LOST(500);

    private final int status;

    ErrorCode(int status) {
        this.status = status;
    }

    public int status() {
        return status;
    }
}
