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
     * @param to the page that was asked for
     * @param user as it was typed
     * @param error null: nothing was tried yet
     */
    record LoginPage(
            Frame frame, String to, String user, @Nullable String error) {}

    @Get("/login")
    @Secured(SecurityRule.IS_ANONYMOUS)
    HttpResponse<?> login(@QueryValue(defaultValue = "/console") String to, HttpRequest<?> request) {
        return templates.page("login", page(to, "", null, request));
    }

    @Post("/login")
    @Secured(SecurityRule.IS_ANONYMOUS)
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    HttpResponse<?> login(@Body Map<String, String> form, HttpRequest<?> request) throws InterruptedException {
        String user = form.getOrDefault("user", "").strip();
        String password = form.getOrDefault("password", "");
        String to = ours(form.getOrDefault("to", ""));
        if (user.isEmpty() || password.isEmpty()) {
            return templates.page(
                    HttpStatus.BAD_REQUEST, "login", page(to, user, "a user and a password are needed", request));
        }
        try {
            Users.Session session = users.login(user, password);
            Audit.by(session.name());
            return Templates.seeOther(to).cookie(SessionCookie.of(session, request));
        } catch (MillraceException e) {
            if (e.code() != ErrorCode.UNAUTHORIZED && e.code() != ErrorCode.LOGIN_SLOWED) {
                throw e;
            }
            return templates.page(
                    HttpStatus.valueOf(e.code().status()),
                    "login",
                    page(to, user, String.valueOf(e.getMessage()), request));
        }
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

    private static LoginPage page(String to, String user, @Nullable String error, HttpRequest<?> request) {
        return new LoginPage(Frame.of("Log in", Frame.Section.OVERVIEW, request), ours(to), user, error);
    }

    /** Nobody is led elsewhere after a login. */
    private static String ours(String path) {
        return path.matches("/console([/?][\\x21-\\x7e]*)?") && !path.startsWith("/console/login") ? path : "/console";
    }
}
