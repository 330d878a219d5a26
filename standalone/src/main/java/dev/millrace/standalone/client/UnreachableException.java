package dev.millrace.standalone.client;

import io.micronaut.core.annotation.Nullable;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;

/** No gateway answers, or none that is ready to. */
public final class UnreachableException extends RuntimeException {
    private final boolean there;

    public UnreachableException(String message, @Nullable Throwable cause) {
        super(message, cause);
        this.there = false;
    }

    private UnreachableException(String message) {
        super(message);
        this.there = true;
    }

    /** A gateway is there and says that it can't answer now, as when its database takes too long. */
    static UnreachableException notNow(String message) {
        return new UnreachableException(message);
    }

    /** Whether it was a gateway that said so: the same call may succeed in a moment. */
    public boolean isThere() {
        return there;
    }

    /** Whether the request may have come to a gateway, which then has gone. */
    public boolean wasConnected() {
        return getCause() != null
                && !(getCause() instanceof ConnectException)
                && !(getCause() instanceof HttpConnectTimeoutException);
    }
}
