package dev.millrace.service;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;

/** What a call shows in its header {@code Authorization}. */
public final class Credentials {
    private Credentials() {}

    /**
     * The bearer token.
     *
     * @return empty when the call shows none, which is no token
     */
    public static String bearer(HttpRequest<?> request) {
        String token = of(request, "Bearer");
        return token == null ? "" : token;
    }

    /**
     * What follows a scheme, whose case doesn't matter.
     *
     * @return null when the call shows none of this scheme
     * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-11.4">RFC 9110, 11.4</a>
     */
    public static @Nullable String of(HttpRequest<?> request, String scheme) {
        String header = request.getHeaders().getAuthorization().orElse("");
        return header.regionMatches(true, 0, scheme + " ", 0, scheme.length() + 1)
                ? header.substring(scheme.length() + 1).strip()
                : null;
    }
}
