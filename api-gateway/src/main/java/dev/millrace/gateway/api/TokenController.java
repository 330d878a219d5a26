package dev.millrace.gateway.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.millrace.gateway.access.AccessTokens;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.access.Scope;
import dev.millrace.gateway.audit.Audit;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Status;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;

/** Tokens with which machines call this API. */
@Controller("/api/v1/tokens")
@Needs(Role.ADMIN)
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "access")
class TokenController {
    private final AccessTokens tokens;

    TokenController(AccessTokens tokens) {
        this.tokens = tokens;
    }

    /**
     * A token that is wanted. An unknown key is an error: a misspelt {@code pipelines} would open all of them.
     *
     * @param role viewer, operator or admin
     * @param pipelines that it is good for; null or empty, as {@code tables} is: everything
     * @param tables that it is good for, such as {@code sales.orders} or {@code sales.*}; likewise
     * @param expiresIn a duration such as {@code P90D}; null: it never expires
     */
    @Serdeable
    @JsonIgnoreProperties(ignoreUnknown = false)
    record NewToken(
            @Nullable String name,
            @Nullable String role,
            @Nullable List<String> pipelines,
            @Nullable List<String> tables,
            @Nullable String expiresIn) {
        @Override
        public String toString() {
            return "token " + name + ", role " + role
                    + (pipelines == null || pipelines.isEmpty() ? "" : ", pipelines " + String.join(" ", pipelines))
                    + (tables == null || tables.isEmpty() ? "" : ", tables " + String.join(" ", tables));
        }

        @Nullable
        Duration lifetime() {
            try {
                return expiresIn == null ? null : Duration.parse(expiresIn);
            } catch (DateTimeParseException e) {
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID,
                        "expiresIn: '" + expiresIn + "' (expected: a duration such as P90D)",
                        e);
            }
        }
    }

    @Serdeable
    record TokenPage(List<TokenView> tokens) {}

    /**
     * @param token what is to be shown in calls; null in all answers but the one that has made it
     * @param pipelines that it is good for; empty, as {@code tables} is: everything
     * @param expiresAt null: never
     * @param usedAt by the minute; null: never yet
     */
    @Serdeable
    record TokenView(
            String name,
            String role,
            List<String> pipelines,
            List<String> tables,
            @Nullable Instant expiresAt,
            Instant createdAt,
            String createdBy,
            @Nullable Instant usedAt,
            @Nullable String token) {
        static TokenView of(AccessTokens.Known known, @Nullable String token) {
            return new TokenView(
                    known.name(),
                    known.role().word(),
                    known.scope().pipelines(),
                    known.scope().tables(),
                    known.expiresAt(),
                    known.createdAt(),
                    known.createdBy(),
                    known.usedAt(),
                    token);
        }
    }

    /** All tokens by name; none of them says what is to be shown in calls. */
    @Get
    TokenPage list() {
        return new TokenPage(
                tokens.all().stream().map(known -> TokenView.of(known, null)).toList());
    }

    /** Makes a token, and shows it this once. */
    @Post
    @Status(HttpStatus.CREATED)
    TokenView create(@Body NewToken wanted, Authentication authentication) {
        Audit.note(wanted.toString());
        AccessTokens.Created created = tokens.create(
                wanted.name(),
                Role.of(wanted.role()),
                Scope.of(wanted.pipelines(), wanted.tables()),
                wanted.lifetime(),
                authentication.getName());
        return TokenView.of(created.known(), created.token());
    }

    /** From then on the token opens nothing; other replicas know within two seconds. */
    @Delete("/{name}")
    @Status(HttpStatus.NO_CONTENT)
    void revoke(String name) {
        tokens.revoke(name);
    }
}
