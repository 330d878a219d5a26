package dev.millrace.gateway.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.access.SessionCookie;
import dev.millrace.gateway.access.Users;
import dev.millrace.gateway.audit.Audit;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.CookieValue;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.annotation.Status;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Logins of browsers, and who one is. */
@Controller("/api/v1")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "access")
class SessionController {
    private final Users users;

    SessionController(Users users) {
        this.users = users;
    }

    /** Nothing of it is ever written anywhere. */
    @Serdeable
    @JsonIgnoreProperties(ignoreUnknown = false)
    record Login(@Nullable String user, @Nullable String password) {
        @Override
        public String toString() {
            return "a login";
        }
    }

    @Serdeable
    @JsonIgnoreProperties(ignoreUnknown = false)
    record PasswordChange(
            @Nullable String current, @Nullable String password) {
        @Override
        public String toString() {
            return "another password";
        }
    }

    /**
     * @param expiresAt when a login is needed again
     * @param csrfToken to be sent as {@code X-CSRF-Token} with calls that change something
     */
    @Serdeable
    record LoggedIn(String user, String role, Instant expiresAt, String csrfToken) {}

    /**
     * @param name of the user or token
     * @param by {@code session}, {@code password}, {@code token}, {@code api_token} or {@code anonymous}
     * @param pipelines that the token is good for; empty, as {@code tables} is: everything
     * @param csrfToken as of the login; null without a session
     */
    @Serdeable
    record Self(
            String name,
            String by,
            String role,
            List<String> pipelines,
            List<String> tables,
            @Nullable String csrfToken) {}

    /** Opens a session, of which the browser keeps a cookie that no script can read. */
    @Post("/login")
    @Secured(SecurityRule.IS_ANONYMOUS)
    HttpResponse<LoggedIn> login(@Body Login login, HttpRequest<?> request) throws InterruptedException {
        if (login.user() == null || login.password() == null) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    (login.user() == null ? "user" : "password") + ": missing (expected: user and password)");
        }
        Users.Session session = users.login(login.user(), login.password());
        Audit.by(session.name());
        return HttpResponse.ok(new LoggedIn(
                        session.name(), session.role().word(), session.expiresAt(), Users.csrfToken(session.secret())))
                .cookie(SessionCookie.of(session, request));
    }

    /** Ends the session. */
    @Post("/logout")
    @Needs(value = Role.VIEWER, about = Needs.Subject.NOTHING)
    HttpResponse<?> logout(@Nullable @CookieValue(Users.COOKIE) String secret, HttpRequest<?> request) {
        if (secret != null) {
            users.logout(secret);
        }
        return HttpResponse.noContent().cookie(SessionCookie.ended(request));
    }

    /** Who the caller is, and what they may do. */
    @Get("/session")
    @Needs(value = Role.VIEWER, about = Needs.Subject.NOTHING)
    Self self(@Nullable @CookieValue(Users.COOKIE) String secret, Authentication authentication) {
        Caller caller = Caller.required(authentication);
        return new Self(
                caller.name(),
                caller.kind().name().toLowerCase(Locale.ROOT),
                caller.role().word(),
                caller.scope().pipelines(),
                caller.scope().tables(),
                caller.kind() == Caller.Kind.SESSION && secret != null ? Users.csrfToken(secret) : null);
    }

    /** Sets another password for oneself. All of one's sessions end. */
    @Put("/session/password")
    @Needs(value = Role.VIEWER, about = Needs.Subject.NOTHING)
    @Status(HttpStatus.NO_CONTENT)
    void password(@Body PasswordChange change, Authentication authentication) throws InterruptedException {
        Caller caller = Caller.required(authentication);
        if (!caller.kind().isUser()) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, caller.name() + " is no user (expected: a login, or name and password)");
        }
        if (change.current() == null || change.password() == null) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    (change.current() == null ? "current" : "password") + ": missing (expected: current and password)");
        }
        users.changePassword(caller.name(), change.current(), change.password());
    }
}
