package dev.millrace.standalone.process;

import io.micronaut.core.annotation.Nullable;

/** A service doesn't start. The message says which and where to read more. */
public final class StartException extends RuntimeException {
    StartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
