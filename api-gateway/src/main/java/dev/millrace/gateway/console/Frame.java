package dev.millrace.gateway.console;

import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.access.Users;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.cookie.Cookie;
import io.micronaut.security.authentication.Authentication;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * What all pages have around their content.
 *
 * @param section of the navigation that the page belongs to
 * @param self the page's own address, by which its live part is asked for again
 * @param caller null: nobody has logged in
 * @param csrf of the session; null: there is none, and so no form works
 */
record Frame(
        String title,
        Section section,
        String self,
        @Nullable Caller caller,
        @Nullable String csrf) {
    /** A part of the console, as the navigation names it. */
    enum Section {
        OVERVIEW("Overview", "/console", Role.VIEWER),
        RUNS("Runs", "/console/runs", Role.VIEWER),
        TABLES("Tables", "/console/tables", Role.VIEWER),
        INSIGHTS("Insights", "/console/insights", Role.VIEWER),
        BACKFILLS("Backfills", "/console/backfills", Role.VIEWER),
        UPLOAD("Upload", "/console/upload", Role.OPERATOR),
        SCHEDULES("Schedules", "/console/schedules", Role.VIEWER),
        SYSTEM("System", "/console/system", Role.VIEWER),
        ACCESS("Users", "/console/users", Role.ADMIN),
        TOKENS("Tokens", "/console/tokens", Role.ADMIN),
        AUDIT("Audit", "/console/audit", Role.ADMIN);

        private final String title;
        private final String path;
        private final Role role;

        Section(String title, String path, Role role) {
            this.title = title;
            this.path = path;
            this.role = role;
        }

        String title() {
            return title;
        }

        String path() {
            return path;
        }
    }

    static Frame of(String title, Section section, HttpRequest<?> request) {
        Caller caller =
                request.getUserPrincipal(Authentication.class).map(Caller::of).orElse(null);
        String csrf = caller == null || caller.kind() != Caller.Kind.SESSION
                ? null
                : request.getCookies()
                        .findCookie(Users.COOKIE)
                        .map(Cookie::getValue)
                        .map(Users::csrfToken)
                        .orElse(null);
        return new Frame(title, section, request.getUri().toString(), caller, csrf);
    }

    /** Whether the caller may do what needs the role, so that it is offered. */
    boolean may(Role role) {
        return caller != null && caller.role().includes(role);
    }

    boolean operates() {
        return may(Role.OPERATOR);
    }

    boolean shows(Section each) {
        return may(each.role);
    }

    /** Where a form is sent. */
    String action(String path) {
        return csrf == null ? path : path + (path.contains("?") ? "&" : "?") + "csrf=" + csrf;
    }

    /** A part of a path. */
    static String part(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
