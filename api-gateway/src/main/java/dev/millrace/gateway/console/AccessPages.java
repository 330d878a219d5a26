package dev.millrace.gateway.console;

import dev.millrace.gateway.access.AccessTokens;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.access.Scope;
import dev.millrace.gateway.access.Users;
import dev.millrace.gateway.audit.Audit;
import dev.millrace.gateway.audit.AuditRow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.authentication.Authentication;
import io.swagger.v3.oas.annotations.Hidden;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Who may do what, and who did. */
@Controller("/console")
@Produces(MediaType.TEXT_HTML)
@Needs(value = Role.ADMIN, about = Needs.Subject.EVERYTHING)
@ExecuteOn(TaskExecutors.BLOCKING)
@Hidden
class AccessPages {
    private static final int ENTRIES = 100;

    private final Users users;
    private final AccessTokens tokens;
    private final Audit audit;
    private final Templates templates;

    AccessPages(Users users, AccessTokens tokens, Audit audit, Templates templates) {
        this.users = users;
        this.tokens = tokens;
        this.audit = audit;
        this.templates = templates;
    }

    record UsersPage(Frame frame, List<Users.User> users) {
        List<Role> roles() {
            return List.of(Role.values());
        }
    }

    @Get("/users")
    HttpResponse<?> users(HttpRequest<?> request) {
        return templates.page("users", new UsersPage(Frame.of("Users", Frame.Section.ACCESS, request), users.all()));
    }

    @Post("/users")
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    HttpResponse<?> add(@Body Map<String, String> form, Authentication authentication) throws InterruptedException {
        Users.User user =
                users.add(form.get("name"), Role.of(form.get("role")), form.get("password"), authentication.getName());
        Audit.note("user " + user.name() + ", " + user.role().word());
        return Templates.seeOther("/console/users");
    }

    /** Gives another role, or shuts out or lets in again. */
    @Post("/users/{name}")
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    HttpResponse<?> change(String name, @Body Map<String, String> form) throws InterruptedException {
        String disabled = form.get("disabled");
        if (disabled != null && !List.of("true", "false").contains(disabled)) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "disabled: '" + disabled + "' (expected: true or false)");
        }
        Users.User user = users.change(
                name,
                form.containsKey("role") ? Role.of(form.get("role")) : null,
                disabled == null ? null : Boolean.valueOf(disabled),
                null);
        Audit.note("user " + user.name() + ", " + user.role().word() + (user.disabled() ? ", shut out" : ""));
        return Templates.seeOther("/console/users");
    }

    /** @param created by this call, to be shown this once; null: none was */
    record TokensPage(Frame frame, List<AccessTokens.Known> tokens, AccessTokens.@Nullable Created created) {
        List<Role> roles() {
            return List.of(Role.values());
        }

        boolean isExpired(AccessTokens.Known token) {
            return token.expiresAt() != null && token.expiresAt().isBefore(Instant.now());
        }
    }

    @Get("/tokens")
    HttpResponse<?> tokens(HttpRequest<?> request) {
        return tokens(null, request);
    }

    private HttpResponse<?> tokens(AccessTokens.@Nullable Created created, HttpRequest<?> request) {
        return templates.page(
                "tokens", new TokensPage(Frame.of("Tokens", Frame.Section.TOKENS, request), tokens.all(), created));
    }

    /** Answers with the page itself: the token is to be in no address. Sent twice, it finds the name taken. */
    @Post("/tokens")
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    HttpResponse<?> make(@Body Map<String, String> form, HttpRequest<?> request, Authentication authentication) {
        Role role = Role.of(form.get("role"));
        Scope scope = Scope.of(words(form.get("pipelines")), words(form.get("tables")));
        AccessTokens.Created created =
                tokens.create(form.get("name"), role, scope, lifetime(form.get("days")), authentication.getName());
        Audit.note("token " + created.known().name() + ", role " + role.word() + ", " + scope);
        return tokens(created, request);
    }

    private static List<String> words(@Nullable String text) {
        return text == null
                ? List.of()
                : Arrays.stream(text.split("[\\s,]+", -1))
                        .filter(word -> !word.isEmpty())
                        .toList();
    }

    private static @Nullable Duration lifetime(@Nullable String days) {
        try {
            return days == null || days.isBlank() ? null : Duration.ofDays(Integer.parseInt(days.strip()));
        } catch (NumberFormatException e) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "days: '" + days + "' (expected: a whole number, or nothing)", e);
        }
    }

    /** From then on it opens nothing. */
    @Post("/tokens/{name}/revoke")
    @Consumes(MediaType.ALL)
    HttpResponse<?> revoke(String name) {
        tokens.revoke(name);
        Audit.note("token " + name + " revoked");
        return Templates.seeOther("/console/tokens");
    }

    /** @param next number of the entry before which there are more; null: these are the oldest */
    record AuditPage(
            Frame frame,
            String caller,
            List<AuditRow> entries,
            @Nullable Long next) {}

    @Get("/audit")
    HttpResponse<?> audit(
            @QueryValue(defaultValue = "") String caller,
            @QueryValue(defaultValue = "" + Long.MAX_VALUE) long before,
            HttpRequest<?> request) {
        List<AuditRow> found = audit.newest(caller.isBlank() ? null : caller.strip(), before, ENTRIES + 1);
        boolean more = found.size() > ENTRIES;
        List<AuditRow> page = more ? found.subList(0, ENTRIES) : found;
        return templates.page(
                "audit",
                new AuditPage(
                        Frame.of("Audit", Frame.Section.AUDIT, request),
                        caller,
                        page,
                        more ? page.getLast().id() : null));
    }
}
