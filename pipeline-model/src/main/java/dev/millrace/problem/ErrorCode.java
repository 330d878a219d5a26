package dev.millrace.problem;

import com.fasterxml.jackson.annotation.JsonEnumDefaultValue;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The reason of a failure, with who must act and whether a retry can help. The names are stable: people script against
 * them, and they are listed in {@code docs/errors.md}. The HTTP status is the one that a route answers with when this is
 * its problem.
 */
public enum ErrorCode {
    /** The pipeline file has errors. */
    PIPELINE_INVALID(422, Actor.PIPELINE_AUTHOR, Retry.NO),
    PIPELINE_UNKNOWN(404, Actor.CALLER, Retry.NO),
    ENDPOINT_UNKNOWN(404, Actor.CALLER, Retry.NO),
    RUN_UNKNOWN(404, Actor.CALLER, Retry.NO),
    BATCH_UNKNOWN(404, Actor.CALLER, Retry.NO),
    BACKFILL_UNKNOWN(404, Actor.CALLER, Retry.NO),
    /** Another backfill of some of the same days is under way. */
    BACKFILL_ACTIVE(409, Actor.CALLER, Retry.LATER),
    USER_UNKNOWN(404, Actor.CALLER, Retry.NO),
    USER_EXISTS(409, Actor.CALLER, Retry.NO),
    TOKEN_UNKNOWN(404, Actor.CALLER, Retry.NO),
    TOKEN_EXISTS(409, Actor.CALLER, Retry.NO),
    /** An unfinished run of the same endpoint and window exists; its id is in {@code run}. */
    RUN_ACTIVE(409, Actor.CALLER, Retry.LATER),
    /** The run is in a state in which the call makes no sense. */
    RUN_STATE(409, Actor.CALLER, Retry.NO),
    /** What is stored of the run can't be read. */
    SPEC_UNREADABLE(409, Actor.OPERATOR, Retry.NO),
    /** Nothing starts the endpoint on schedule. */
    SCHEDULE_UNKNOWN(404, Actor.CALLER, Retry.NO),
    /** Kubernetes doesn't let the gateway see or change CronJobs. */
    SCHEDULES_DENIED(500, Actor.OPERATOR, Retry.NO),
    /** Kubernetes's API server can't be reached, or fails. */
    SCHEDULES_UNAVAILABLE(502, Actor.OPERATOR, Retry.LATER),
    /** The gateway has been told that schedules are none of its business. */
    SCHEDULES_ELSEWHERE(409, Actor.OPERATOR, Retry.NO),
    /** A service reported on a task that nobody gave it. */
    TASK_UNKNOWN(404, Actor.OPERATOR, Retry.NO),
    /** A service reported on an attempt that somebody else has taken over, or that nobody waits for any more. */
    STALE_ATTEMPT(409, Actor.NOBODY, Retry.NO),
    /** The same idempotency key came with another request. */
    IDEMPOTENCY_KEY_REUSED(422, Actor.CALLER, Retry.NO),
    /** A file that was sent can't be loaded: not its rows, but the file. */
    UPLOAD_REFUSED(422, Actor.CALLER, Retry.NO),
    /** There is no table of this name, or none whose name a file's begins with. */
    TABLE_UNKNOWN(404, Actor.CALLER, Retry.NO),
    /** There is no insight of this name. */
    INSIGHT_UNKNOWN(404, Actor.CALLER, Retry.NO),
    /** The table has been loaded since the page before, so that there is no page after it. */
    PAGE_GONE(410, Actor.CALLER, Retry.NO),
    REQUEST_INVALID(400, Actor.CALLER, Retry.NO),
    UNAUTHORIZED(401, Actor.CALLER, Retry.NO),
    /** Too many logins of the same user have failed in a row. */
    LOGIN_SLOWED(429, Actor.CALLER, Retry.LATER),
    FORBIDDEN(403, Actor.CALLER, Retry.NO),
    NOT_FOUND(404, Actor.CALLER, Retry.NO),
    METHOD_NOT_ALLOWED(405, Actor.CALLER, Retry.NO),
    BODY_TOO_LARGE(413, Actor.CALLER, Retry.NO),
    MEDIA_TYPE_UNSUPPORTED(415, Actor.CALLER, Retry.NO),
    /** The caller makes more calls than the gateway lets it. */
    RATE_LIMITED(429, Actor.CALLER, Retry.LATER),
    /** A service has no room for a further task, or for a further reader of all rows of a table. */
    BUSY(429, Actor.NOBODY, Retry.LATER),
    /** Something unexpected; also what is read where a newer version says a code that this one doesn't know. */
    @JsonEnumDefaultValue
    INTERNAL(500, Actor.DEVELOPERS, Retry.YES),
    /** Another service can't be reached. */
    SERVICE_UNAVAILABLE(503, Actor.OPERATOR, Retry.LATER),

    /** A secret is not there, not readable or lacks the field. */
    SECRET_MISSING(500, Actor.OPERATOR, Retry.NO),
    /** The account of the service or the pipeline may not read a secret. */
    SECRET_DENIED(500, Actor.OPERATOR, Retry.NO),
    /** Where the secrets are can't be reached. */
    SECRETS_UNAVAILABLE(502, Actor.OPERATOR, Retry.LATER),
    /** The pipeline names credentials that are not configured. */
    CREDENTIALS_UNKNOWN(500, Actor.OPERATOR, Retry.NO),
    /** The key file of credentials, or the application-default credentials, can't be read. */
    CREDENTIALS_UNUSABLE(500, Actor.OPERATOR, Retry.NO),
    /** The source can't be reached, or kept failing after the last attempt. */
    SOURCE_UNAVAILABLE(502, Actor.SOURCE_OWNER, Retry.LATER),
    /** The source refused the credentials. */
    SOURCE_UNAUTHORIZED(502, Actor.OPERATOR, Retry.NO),
    /** The source answered with an error that is not tried again. */
    SOURCE_REFUSED(502, Actor.PIPELINE_AUTHOR, Retry.NO),
    /** The source's answer is not what was announced: no JSON, cut off, no such path. */
    SOURCE_MALFORMED(502, Actor.PIPELINE_AUTHOR, Retry.YES),
    /** A file is of a kind that isn't read, or not as the endpoint says: no such sheet, header or column. */
    SOURCE_UNREADABLE(502, Actor.PIPELINE_AUTHOR, Retry.NO),
    /** The source's pages contradict each other or the declared total. */
    SOURCE_INCONSISTENT(502, Actor.PIPELINE_AUTHOR, Retry.YES),
    /** No file matches. */
    SOURCE_EMPTY(502, Actor.SOURCE_OWNER, Retry.LATER),

    /** A run that this one comes after has not succeeded. */
    UPSTREAM_FAILED(409, Actor.CALLER, Retry.NO),
    /** More records were rejected than the endpoint allows. */
    REJECTS_ABOVE_LIMIT(500, Actor.PIPELINE_AUTHOR, Retry.NO),
    /** No records came for a table that has rows. */
    EMPTY_REPLACE(500, Actor.SOURCE_OWNER, Retry.LATER),
    /** The table exists with columns that don't fit the schema. */
    TABLE_MISMATCH(500, Actor.PIPELINE_AUTHOR, Retry.NO),
    /** No record of the run has a column in which the table has values, or which the endpoint insists on. */
    SCHEMA_DRIFT(500, Actor.PIPELINE_AUTHOR, Retry.NO),
    /** The table would not meet its checks after the load, which is rolled back. */
    CHECKS_UNMET(500, Actor.PIPELINE_AUTHOR, Retry.NO),
    /** What was staged is not what the manifest says. */
    STAGING_CORRUPT(500, Actor.OPERATOR, Retry.YES),
    /** Staging can't be read or written, for example because the disk is full. */
    STAGING_UNAVAILABLE(500, Actor.OPERATOR, Retry.LATER),
    /** The warehouse can't be reached or refused a statement. */
    WAREHOUSE_FAILED(500, Actor.OPERATOR, Retry.LATER),
    /** BigQuery refused the credentials, or they lack a permission. */
    WAREHOUSE_DENIED(500, Actor.OPERATOR, Retry.NO),
    /** A project, dataset, table or job that must be there is not, or is in another location. */
    WAREHOUSE_NOT_FOUND(500, Actor.OPERATOR, Retry.NO),
    /** A quota or rate of BigQuery is used up. */
    QUOTA_EXCEEDED(500, Actor.OPERATOR, Retry.LATER),
    /** The statement would bill more bytes than the configuration allows. */
    BYTES_BILLED_EXCEEDED(500, Actor.OPERATOR, Retry.NO),
    /** Rows that were streamed into the table a short while ago can't be changed yet. */
    STREAMING_BUFFER(500, Actor.PIPELINE_AUTHOR, Retry.LATER),
    /** The load would change more partitions than BigQuery allows one job. */
    PARTITIONS_EXCEEDED(500, Actor.PIPELINE_AUTHOR, Retry.NO),
    /** The loader may not publish to the bucket. */
    BUCKET_REFUSED(403, Actor.OPERATOR, Retry.NO),
    /** The cursor of an incremental run is of another table or value, or its table has been emptied: rows would be missing. */
    CURSOR_MISMATCH(500, Actor.PIPELINE_AUTHOR, Retry.NO),
    /** The cursor that an incremental run started from is another one by now: its rows are not loaded. */
    CURSOR_MOVED(409, Actor.CALLER, Retry.YES),
    /** What the table was before the run can't be brought back, or not any more. */
    ROLLBACK_REFUSED(409, Actor.CALLER, Retry.NO),
    /** There is no place for backups, or the table can't be backed up. */
    BACKUP_REFUSED(409, Actor.OPERATOR, Retry.NO),
    /** No backup of the table has this id. */
    BACKUP_UNKNOWN(404, Actor.CALLER, Retry.NO),
    /** The table can't take all that the backup has; it is as it was. */
    RESTORE_REFUSED(409, Actor.CALLER, Retry.NO),
    /** The load was aborted before it could commit. */
    LOAD_ABORTED(409, Actor.CALLER, Retry.YES),
    /** A query is not a single read-only statement, or reaches for something outside of the warehouse. */
    QUERY_REFUSED(422, Actor.CALLER, Retry.NO),
    /** The query's SQL is wrong, or it failed. */
    QUERY_FAILED(422, Actor.CALLER, Retry.NO),
    /** Pods that were started for a run don't start, or have ended before it was done. */
    PODS_UNAVAILABLE(503, Actor.OPERATOR, Retry.LATER),
    /** The service that had the task stopped answering, on every attempt. */
    WORKER_LOST(500, Actor.OPERATOR, Retry.YES);

    private final int status;
    private final Actor actor;
    private final Retry retry;

    ErrorCode(int status, Actor actor, Retry retry) {
        this.status = status;
        this.actor = actor;
        this.retry = retry;
    }

    /** The code of this name; empty for one that another version has made. */
    public static Optional<ErrorCode> named(String name) {
        return Stream.of(values()).filter(code -> code.name().equals(name)).findFirst();
    }

    public int status() {
        return status;
    }

    public Actor actor() {
        return actor;
    }

    public Retry retry() {
        return retry;
    }

    /** Who must act before the same can succeed, or when it keeps failing. */
    public enum Actor {
        /** Whoever sent the request: it is the request that has to change, or to wait. */
        CALLER,
        /** Whoever wrote the pipeline file. */
        PIPELINE_AUTHOR,
        /** Whoever runs the installation, its warehouse and its secrets. */
        OPERATOR,
        /** Whoever runs the API or delivers the files that are read. */
        SOURCE_OWNER,
        /** Millrace's developers: it is a defect. */
        DEVELOPERS,
        /** The services settle it among themselves. */
        NOBODY
    }

    /** Whether the same request, or the retry of the run, may succeed although nobody has changed anything. */
    public enum Retry {
        /** It fails in the same way until somebody has acted. */
        NO,
        /** It may succeed at once. */
        YES,
        /** It may succeed after a while. */
        LATER
    }
}
