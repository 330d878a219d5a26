package dev.millrace.extractor.rest;

import dev.millrace.problem.ErrorCode;
import io.micronaut.core.annotation.Nullable;
import java.time.Duration;

/** A failure of one attempt that another attempt may not meet. */
final class TemporaryFailure extends RuntimeException {
    private final ErrorCode code;
    private final @Nullable Duration retryAfter;

    /**
     * @param code of the run's failure if this was the last attempt
     * @param detail one sentence without secrets
     * @param retryAfter what the server asked for; null when it didn't
     */
    TemporaryFailure(ErrorCode code, String detail, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(detail, cause);
        this.code = code;
        this.retryAfter = retryAfter;
    }

    ErrorCode code() {
        return code;
    }

    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }

    String detail() {
        return String.valueOf(getMessage());
    }
}
