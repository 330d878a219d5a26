package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.BigQueryError;
import com.google.cloud.bigquery.BigQueryException;
import dev.millrace.loader.ChecksUnmet;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Translation of BigQuery's errors into error codes: https://cloud.google.com/bigquery/docs/error-messages */
final class Failures {
    private static final int LONGEST = 1_000;

    /** The same job, tried again, may succeed. */
    private static final Set<String> PASSING = Set.of(
            "backendError",
            "internalError",
            "jobBackendError",
            "jobInternalError",
            "rateLimitExceeded",
            "jobRateLimitExceeded",
            "tableUnavailable");

    private static final Pattern CONFLICT = Pattern.compile("(?i)concurrent update|transaction is aborted");

    /** What the functions say that read texts in a commit. */
    private static final Pattern UNREADABLE = Pattern.compile(
            "(?i)PARSE_JSON|ST_GEOGFROM|could not cast|invalid (big)?numeric|invalid (time|datetime|interval|json)");

    private static final Pattern PARTITIONS = Pattern.compile("(?i)too many partitions");

    private Failures() {}

    /** Whether the next commit may succeed where this one failed: it lost against another, or BigQuery was at fault. */
    static boolean mayPass(BigQueryError error) {
        return PASSING.contains(String.valueOf(error.getReason()))
                || CONFLICT.matcher(String.valueOf(error.getMessage())).find();
    }

    /** @param what failed, for the user */
    static MillraceException of(String what, BigQueryException e) {
        BigQueryError error = e.getError();
        return error == null
                ? new MillraceException(
                        code(reason(e.getCode()), String.valueOf(e.getMessage())),
                        what + ": " + sentence(e.getMessage()),
                        e)
                : of(what, error, e);
    }

    static MillraceException of(String what, BigQueryError error, @Nullable Throwable cause) {
        String message = String.valueOf(error.getMessage());
        Optional<ChecksUnmet> unmet = UnmetChecks.in(message);
        if (unmet.isPresent()) {
            return unmet.get();
        }
        return Refusal.in(message)
                .filter(Refusal.Failed.class::isInstance)
                .map(Refusal.Failed.class::cast)
                .map(refusal -> new MillraceException(refusal.code(), refusal.reason(), cause))
                .orElseGet(() -> new MillraceException(
                        code(String.valueOf(error.getReason()), message), what + ": " + sentence(message), cause));
    }

    private static String reason(int status) {
        return switch (status) {
            case 403 -> "accessDenied";
            case 404 -> "notFound";
            default -> "";
        };
    }

    private static ErrorCode code(String reason, String message) {
        if (message.contains("streaming buffer")) {
            return ErrorCode.STREAMING_BUFFER;
        } else if (PARTITIONS.matcher(message).find()) {
            return ErrorCode.PARTITIONS_EXCEEDED;
        }
        return switch (reason) {
            case "accessDenied" -> ErrorCode.WAREHOUSE_DENIED;
            case "notFound" -> ErrorCode.WAREHOUSE_NOT_FOUND;
            case "quotaExceeded", "rateLimitExceeded", "jobRateLimitExceeded" -> ErrorCode.QUOTA_EXCEEDED;
            case "bytesBilledLimitExceeded" -> ErrorCode.BYTES_BILLED_EXCEEDED;
            case "invalidQuery", "invalid" ->
                UNREADABLE.matcher(message).find() ? ErrorCode.STAGING_CORRUPT : ErrorCode.WAREHOUSE_FAILED;
            default -> ErrorCode.WAREHOUSE_FAILED;
        };
    }

    /** The error of a load job: what it read is not what was staged, or BigQuery is at fault. */
    static MillraceException ofLoad(String what, BigQueryError first, @Nullable List<BigQueryError> all) {
        String message = all == null || all.isEmpty()
                ? String.valueOf(first.getMessage())
                : String.join(
                        "; ",
                        all.stream()
                                .map(error -> String.valueOf(error.getMessage()))
                                .distinct()
                                .toList());
        String reason = String.valueOf(first.getReason());
        boolean missing = reason.equals("notFound") && message.contains("gs://");
        ErrorCode code = reason.equals("invalid") || missing ? ErrorCode.STAGING_CORRUPT : code(reason, message);
        return new MillraceException(code, what + ": " + sentence(message));
    }

    private static String sentence(@Nullable String message) {
        String line = String.valueOf(message).replace('\n', ' ').strip();
        return line.length() > LONGEST ? line.substring(0, LONGEST) + " …" : line;
    }
}
