package dev.millrace.gateway.console;

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
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.CookieValue;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.swagger.v3.oas.annotations.Hidden;
import java.util.Map;
import java.util.UUID;

/** Opens and ends sessions of browsers. */
@Controller("/console")
@Produces(MediaType.TEXT_HTML)
@ExecuteOn(TaskExecutors.BLOCKING)
@Hidden
class LoginController {
    private final Users users;
    private final Templates templates;

    LoginController(Users users, Templates templates) {
        this.users = users;
        this.templates = templates;
    }

    /**
     * @param csrf goes with the cookie that the form's page has set: another site, which has a browser send a form of its own,
     *     has neither, and so logs nobody in as somebody else
     * @param to the page that was asked for
     * @param user as it was typed
     * @param error null: nothing was tried yet
     */
    record LoginPage(
            Frame frame,
            String csrf,
            String to,
            String user,
            @Nullable String error) {}

    @Get("/login")
    @Secured(SecurityRule.IS_ANONYMOUS)
    HttpResponse<?> login(
            @QueryValue(defaultValue = "/console") String to,
            @Nullable @CookieValue(SessionCookie.LOGIN) String secret,
            HttpRequest<?> request) {
        return form(HttpStatus.OK, to, "", null, secret, request);
    }

    @Post("/login")
    @Secured(SecurityRule.IS_ANONYMOUS)
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    HttpResponse<?> login(
            @Body Map<String, String> form,
            @Nullable @CookieValue(SessionCookie.LOGIN) String secret,
            HttpRequest<?> request)
            throws InterruptedException {
        String user = form.getOrDefault("user", "").strip();
        String password = form.getOrDefault("password", "");
        String to = ours(form.getOrDefault("to", ""));
        if (secret == null || !Users.isCsrfToken(form.getOrDefault("csrf", ""), secret)) {
            return form(
                    HttpStatus.BAD_REQUEST,
                    to,
                    user,
                    "this form is of another page, or too old: please log in with this one",
                    secret,
                    request);
        }
        if (user.isEmpty() || password.isEmpty()) {
            return form(HttpStatus.BAD_REQUEST, to, user, "a user and a password are needed", secret, request);
        }
        try {
            Users.Session session = users.login(user, password);
            Audit.by(session.name());
            return Templates.seeOther(to).cookie(SessionCookie.of(session, request));
        } catch (MillraceException e) {
            if (e.code() != ErrorCode.UNAUTHORIZED && e.code() != ErrorCode.LOGIN_SLOWED) {
                throw e;
            }
            return form(
                    HttpStatus.valueOf(e.code().status()), to, user, String.valueOf(e.getMessage()), secret, request);
        }
    }

    /** @param known secret of the form that the browser has already; null: none */
    private HttpResponse<?> form(
            HttpStatus status,
            String to,
            String user,
            @Nullable String error,
            @Nullable String known,
            HttpRequest<?> request) {
        String secret = known == null ? UUID.randomUUID().toString() : known;
        return templates
                .page(
                        status,
                        "login",
                        new LoginPage(
                                Frame.of("Log in", Frame.Section.OVERVIEW, request),
                                Users.csrfToken(secret),
                                ours(to),
                                user,
                                error))
                .cookie(SessionCookie.ofLogin(secret, request));
    }

    @Post("/logout")
    @Needs(value = Role.VIEWER, about = Needs.Subject.NOTHING)
    @Consumes(MediaType.ALL)
    HttpResponse<?> logout(@Nullable @CookieValue(Users.COOKIE) String secret, HttpRequest<?> request) {
        if (secret != null) {
            users.logout(secret);
        }
        return Templates.seeOther("/console/login").cookie(SessionCookie.ended(request));
    }

    /** Nobody is led elsewhere after a login. */
    private static String ours(String path) {
        return path.matches("/console([/?][\\x21-\\x7e]*)?") && !path.startsWith("/console/login") ? path : "/console";
    }
}
