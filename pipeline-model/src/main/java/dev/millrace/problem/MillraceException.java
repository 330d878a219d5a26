package dev.millrace.problem;

import static java.util.Objects.requireNonNull;

import io.micronaut.core.annotation.Nullable;

/** A failure that its reader can act on. The message is shown to users, so it holds no secret. */
public class MillraceException extends RuntimeException {
    private final ErrorCode code;

    public MillraceException(ErrorCode code, String message) {
        this(code, message, null);
    }

    public MillraceException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(requireNonNull(message, "message"), cause);
        this.code = requireNonNull(code, "code");
    }

    public ErrorCode code() {
        return code;
    }

    /** The message, which is never null here. */
    public String detail() {
        return requireNonNull(getMessage());
    }
}
