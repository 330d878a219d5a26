package dev.millrace.gateway.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.mask.Masks;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Tokens for machines. The token itself is shown once and never kept: the run database has its hash. What another replica
 * changes counts here after {@link #KNOWN_FOR}. Safe for use by several threads.
 */
@Singleton
public class AccessTokens {
    /** How long what the database said of a token is believed. */
    static final Duration KNOWN_FOR = Duration.ofSeconds(2);

    /** Which people and scanners know a token by. */
    static final String PREFIX = "millrace_";

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
    private static final Duration LONGEST = Duration.ofDays(3_650);
    private static final int MOST_KNOWN = 10_000;

    private final TokenRepository tokens;
    private final RunRepository runs;
    private final Cache<String, Caller> known = Caffeine.newBuilder()
            .expireAfterWrite(KNOWN_FOR)
            .maximumSize(MOST_KNOWN)
            .build();

    AccessTokens(TokenRepository tokens, RunRepository runs) {
        this.tokens = tokens;
        this.runs = runs;
    }

    /**
     * @param expiresAt null: it never does
     * @param usedAt by the minute; null: never
     */
    public record Known(
            String name,
            Role role,
            Scope scope,
            @Nullable Instant expiresAt,
            Instant createdAt,
            String createdBy,
            @Nullable Instant usedAt) {
        static Known of(TokenRow row) {
            return new Known(
                    row.name(),
                    row.role(),
                    row.scope(),
                    row.expiresAt(),
                    row.createdAt(),
                    row.createdBy(),
                    row.usedAt());
        }
    }

    /** @param token to be shown once */
    public record Created(Known known, String token) {}

    /**
     * @param lifetime null: it never expires
     * @param by who wants it
     * @throws MillraceException with {@code REQUEST_INVALID} or {@code TOKEN_EXISTS}
     */
    public Created create(@Nullable String name, Role role, Scope scope, @Nullable Duration lifetime, String by) {
        if (name == null || !NAME.matcher(name).matches() || Users.RESERVED.contains(name)) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "name: " + (name == null ? "missing" : "'" + name + "'")
                            + " (expected: up to 63 lower case letters, digits, '.', '_' and '-', neither api-token nor nobody)");
        }
        if (lifetime != null && (!lifetime.isPositive() || lifetime.compareTo(LONGEST) > 0)) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "expiresIn: " + lifetime + " (expected: a duration of up to " + LONGEST.toDays() + " days)");
        }
        if (role == Role.ADMIN && !scope.isEverything()) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "role: admin is good for everything (expected: viewer or operator for some pipelines or tables)");
        }
        Instant now = runs.now();
        String token = Secrets.create(PREFIX);
        Masks.ofProcess().remember(token);
        int added = tokens.add(
                name,
                Secrets.hash(token),
                role,
                String.join(",", scope.pipelines()),
                String.join(",", scope.tables()),
                lifetime == null ? null : now.plus(lifetime),
                now,
                by);
        if (added == 0) {
            throw new MillraceException(
                    ErrorCode.TOKEN_EXISTS, "there is a token '" + name + "' (expected: another name)");
        }
        return new Created(Known.of(tokens.findById(name).orElseThrow()), token);
    }

    public List<Known> all() {
        return tokens.all().stream().map(Known::of).toList();
    }

    /** @throws MillraceException with {@code TOKEN_UNKNOWN} */
    public void revoke(String name) {
        if (tokens.remove(name) == 0) {
            throw new MillraceException(ErrorCode.TOKEN_UNKNOWN, "no token '" + name + "'");
        }
        known.invalidateAll();
    }

    /** Without asking the database; null when it has to be asked. */
    @Nullable
    Caller known(String token) {
        return known.getIfPresent(Secrets.hash(token));
    }

    /** Empty when there is no such token, or not any more. */
    Optional<Caller> find(String token) {
        return Optional.ofNullable(known.get(
                Secrets.hash(token),
                hash -> tokens.valid(hash)
                        .map(row -> {
                            tokens.used(row.name(), runs.now().minus(Duration.ofMinutes(1)));
                            return new Caller(row.name(), Caller.Kind.TOKEN, row.role(), row.scope());
                        })
                        .orElse(null)));
    }
}
