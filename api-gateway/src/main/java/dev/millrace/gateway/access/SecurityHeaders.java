package dev.millrace.gateway.access;

import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;

/**
 * What browsers are told of each answer: that it is what it says, belongs into no frame, runs no script but our own, and is
 * kept by nobody. Another origin may read nothing, since no answer says so (CORS).
 */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
@Order(Ordered.HIGHEST_PRECEDENCE)
final class SecurityHeaders {
    /** Scripts, styles and all else are files of ours; Swagger UI's icons are data. */
    private static final String OF_PAGES =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static final String OF_DATA = "default-src 'none'; frame-ancestors 'none'";

    @ResponseFilter
    void add(HttpRequest<?> request, MutableHttpResponse<?> response) {
        String path = request.getPath();
        boolean page = isWithin("/docs", path) || isWithin("/console", path);
        boolean file = isWithin("/docs", path) || isWithin("/console/assets", path);
        set(response, "Content-Security-Policy", page ? OF_PAGES : OF_DATA);
        set(response, "X-Content-Type-Options", "nosniff");
        set(response, "X-Frame-Options", "DENY");
        // without any, browsers send the console's forms from the origin "null", which is refused
        set(response, "Referrer-Policy", isWithin("/console", path) ? "same-origin" : "no-referrer");
        set(response, "Cross-Origin-Resource-Policy", "same-origin");
        if (!file) {
            set(response, "Cache-Control", "no-store");
        }
        if (response.code() == 429) {
            set(response, "Retry-After", "1");
        }
        if (Proxies.isEncrypted(request)) {
            set(response, "Strict-Transport-Security", "max-age=31536000");
        }
    }

    private static boolean isWithin(String folder, String path) {
        return path.equals(folder) || path.startsWith(folder + "/");
    }

    /** Unless the route has said something else. */
    private static void set(MutableHttpResponse<?> response, String name, String value) {
        if (!response.getHeaders().contains(name)) {
            response.header(name, value);
        }
    }
}
