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
    /** Name of the cookie of a login's form. */
    public static final String LOGIN = "millrace_login";

    private SessionCookie() {}

    public static Cookie of(Users.Session session, HttpRequest<?> request) {
        return cookie(session.secret(), request).maxAge(Duration.between(Instant.now(), session.expiresAt()));
    }

    /** Has the browser forget it. */
    public static Cookie ended(HttpRequest<?> request) {
        return cookie("", request).maxAge(0);
    }

    /** Of a login's form, which is taken from a browser that has this only; the browser sends it to the login alone. */
    public static Cookie ofLogin(String secret, HttpRequest<?> request) {
        return Cookie.of(LOGIN, secret)
                .httpOnly(true)
                .secure(Proxies.isEncrypted(request))
                .sameSite(SameSite.Strict)
                .path("/console/login");
    }

    private static Cookie cookie(String secret, HttpRequest<?> request) {
        return Cookie.of(Users.COOKIE, secret)
                .httpOnly(true)
                .secure(Proxies.isEncrypted(request))
                .sameSite(SameSite.Lax)
                .path("/");
    }
}
