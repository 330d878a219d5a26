package dev.millrace.gateway.access;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.cookie.Cookie;
import io.micronaut.http.cookie.SameSite;
import java.time.Duration;
import java.time.Instant;

/**
 * What a browser keeps of a session. By itself the cookie ends with the browser; it is sent with calls from our own pages,
 * and when a link leads here.
 */
public final class SessionCookie {
    private SessionCookie() {}

    public static Cookie of(Users.Session session, HttpRequest<?> request) {
        return cookie(session.secret(), request).maxAge(Duration.between(Instant.now(), session.expiresAt()));
    }

    /** Has the browser forget it. */
    public static Cookie ended(HttpRequest<?> request) {
        return cookie("", request).maxAge(0);
    }

    private static Cookie cookie(String secret, HttpRequest<?> request) {
        return Cookie.of(Users.COOKIE, secret)
                .httpOnly(true)
                .secure(Proxies.isEncrypted(request))
                .sameSite(SameSite.Lax)
                .path("/");
    }
}
