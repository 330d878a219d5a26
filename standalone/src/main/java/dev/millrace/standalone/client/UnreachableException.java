package dev.millrace.standalone.client;

import io.micronaut.core.annotation.Nullable;

/** No gateway answers, or none that is ready to. */
public final class UnreachableException extends RuntimeException {
    public UnreachableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
