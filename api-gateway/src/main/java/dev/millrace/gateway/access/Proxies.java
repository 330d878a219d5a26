package dev.millrace.gateway.access;

import io.micronaut.http.HttpRequest;

/** What a proxy in front of the gateway says of a call. */
public final class Proxies {
    private Proxies() {}

    /** Whether the caller's connection is encrypted; if not, saying so opens nothing. */
    public static boolean isEncrypted(HttpRequest<?> request) {
        return request.isSecure()
                || "https".equalsIgnoreCase(request.getHeaders().get("X-Forwarded-Proto"));
    }
}
