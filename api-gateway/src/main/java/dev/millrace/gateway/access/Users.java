package dev.millrace.gateway.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * People who call the API, with their passwords as {@link Passwords} keep them, and their sessions in browsers. What
 * another replica changes counts here after {@link AccessTokens#KNOWN_FOR}. Safe for use by several threads.
 */
@Singleton
public class Users {
    /** Of the cookie that a browser keeps. */
    public static final String COOKIE = "millrace_session";

    private static final Logger LOG = LoggerFactory.getLogger(Users.class);
    /** What the audit log calls callers that are no user and no token made by hand. */
    static final Set<String> RESERVED = Set.of(ConfiguredToken.NAME, "nobody");

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._@-]{0,99}");
    private static final int SHORTEST = 12;
    private static final int LONGEST = 200;
    private static final int MOST_KNOWN = 10_000;

    private final UserRepository users;
    private final FailedLogins failures;
    private final RunRepository runs;
    private final AccessConfig config;
    private final ConfiguredToken token;
    private final Cache<String, Caller> sessions = Caffeine.newBuilder()
            .expireAfterWrite(AccessTokens.KNOWN_FOR)
            .maximumSize(MOST_KNOWN)
            .build();

    Users(UserRepository users, FailedLogins failures, RunRepository runs, AccessConfig config, ConfiguredToken token) {
        this.users = users;
        this.failures = failures;
        this.runs = runs;
        this.config = config;
        this.token = token;
    }

    public record User(
            String name, Role role, boolean disabled, Instant createdAt, String createdBy, Instant passwordAt) {
        static User of(UserRow row) {
            return new User(row.name(), row.role(), row.disabled(), row.createdAt(), row.createdBy(), row.passwordAt());
        }
    }

    /**
     * @param name of the user, or of the token of the configuration
     * @param secret what the browser's cookie is to hold
     */
    public record Session(String name, Role role, String secret, Instant expiresAt) {}

    public List<User> all() {
        return users.all().stream().map(User::of).toList();
    }

    /** @throws MillraceException with {@code USER_UNKNOWN} */
    public User user(String name) {
        return User.of(row(name));
    }

    private UserRow row(String name) {
        return users.findById(name)
                .orElseThrow(() -> new MillraceException(ErrorCode.USER_UNKNOWN, "no user '" + name + "'"));
    }

    /**
     * @param by who wants it
     * @throws MillraceException with {@code REQUEST_INVALID} or {@code USER_EXISTS}
     */
    public User add(@Nullable String name, Role role, @Nullable String password, String by)
            throws InterruptedException {
        if (name == null || !NAME.matcher(name).matches() || RESERVED.contains(name)) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "name: " + (name == null ? "missing" : "'" + name + "'")
                            + " (expected: up to 100 lower case letters, digits, '.', '_', '@' and '-', neither api-token nor nobody)");
        }
        if (users.add(name, role, Passwords.hash(checked(password)), by, runs.now()) == 0) {
            throw new MillraceException(
                    ErrorCode.USER_EXISTS, "there is a user '" + name + "' (expected: another name)");
        }
        return user(name);
    }

    private static String checked(@Nullable String password) {
        if (password == null || password.length() < SHORTEST || password.length() > LONGEST) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "password: " + (password == null ? "missing" : password.length() + " characters") + " (expected: "
                            + SHORTEST + " to " + LONGEST + ")");
        }
        return password;
    }

    /**
     * @param role null: as before
     * @param disabled null: as before; one who is may do nothing, and has no session any more
     * @param password null: as before; with another one all sessions end
     * @throws MillraceException with {@code USER_UNKNOWN} or {@code REQUEST_INVALID}
     */
    public User change(String name, @Nullable Role role, @Nullable Boolean disabled, @Nullable String password)
            throws InterruptedException {
        UserRow before = row(name);
        String hash = password == null ? null : Passwords.hash(checked(password));
        boolean out = disabled == null ? before.disabled() : disabled;
        users.change(name, role == null ? before.role() : role, out);
        if (hash != null) {
            users.password(name, hash, runs.now());
        }
        if (out || hash != null) {
            endAll(name);
        }
        return user(name);
    }

    /** @throws MillraceException with {@code REQUEST_INVALID}, or as {@link #verified} */
    public void changePassword(String name, String current, String password) throws InterruptedException {
        String wanted = checked(password);
        User user = verified(name, current);
        User _ = change(user.name(), null, null, wanted);
    }

    /** @throws MillraceException with {@code USER_UNKNOWN} */
    public void remove(String name) {
        if (users.remove(name) == 0) {
            throw new MillraceException(ErrorCode.USER_UNKNOWN, "no user '" + name + "'");
        }
        endAll(name);
    }

    private void endAll(String name) {
        users.endAll(name);
        sessions.invalidateAll();
    }

    /**
     * Whether the password is the user's.
     *
     * @throws MillraceException with {@code UNAUTHORIZED} when it isn't, or there is no such user, which look the same;
     *     with {@code LOGIN_SLOWED} after several of these
     */
    User verified(String name, String password) throws InterruptedException {
        if (!NAME.matcher(name).matches() || password.length() > LONGEST) {
            throw wrong();
        }
        int tried = failures.trying(name);
        UserRow user = users.findById(name).filter(row -> !row.disabled()).orElse(null);
        if (!Passwords.matches(password, user == null ? null : user.password()) || user == null) {
            // what was typed in the place of a name may be a password
            LOG.warn("login of {} was refused, {} in a row", user == null ? "nobody we know" : name, tried);
            throw wrong();
        }
        failures.succeeded(name);
        return User.of(user);
    }

    private static MillraceException wrong() {
        return new MillraceException(ErrorCode.UNAUTHORIZED, "the user or the password is wrong");
    }

    /**
     * Opens a session of a user, or, by the name {@code api-token} and the token in the place of a password, of whoever has
     * the token of the configuration, until there is another one.
     *
     * @throws MillraceException as {@link #verified}
     */
    public Session login(String name, String password) throws InterruptedException {
        boolean byToken = name.equals(ConfiguredToken.NAME);
        Role role = byToken ? byToken(password) : verified(name, password).role();
        Instant now = runs.now();
        Instant expiresAt = now.plus(config.sessionLifetime());
        String secret = Secrets.create("");
        users.forgetSessions(now);
        users.open(Secrets.hash(secret), byToken ? token.account() : name, now, expiresAt);
        return new Session(name, role, secret, expiresAt);
    }

    private Role byToken(String shown) {
        int tried = failures.trying(ConfiguredToken.NAME);
        if (!token.is(shown)) {
            LOG.warn("login of {} was refused, {} in a row", ConfiguredToken.NAME, tried);
            throw wrong();
        }
        failures.succeeded(ConfiguredToken.NAME);
        return token.ofSession().role();
    }

    public void logout(String secret) {
        String hash = Secrets.hash(secret);
        users.end(hash);
        sessions.invalidate(hash);
    }

    /** Without asking the database; null when it has to be asked. */
    @Nullable
    Caller known(String secret) {
        return sessions.getIfPresent(Secrets.hash(secret));
    }

    /** Empty when the session has ended, or never was. */
    Optional<Caller> find(String secret) {
        return Optional.ofNullable(sessions.get(
                Secrets.hash(secret),
                hash -> users.ofSession(hash)
                        .map(user -> user.caller(Caller.Kind.SESSION))
                        .or(() -> users.accountOf(hash)
                                .filter(token.account()::equals)
                                .map(_ -> token.ofSession()))
                        .orElse(null)));
    }

    /**
     * What a page that belongs to the session knows, and another one doesn't.
     *
     * @param secret of the cookie
     */
    public static String csrfToken(String secret) {
        return Secrets.hash("csrf " + secret);
    }

    /** Whether it goes with the secret of the cookie. */
    public static boolean isCsrfToken(String token, String secret) {
        return MessageDigest.isEqual(
                csrfToken(secret).getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }
}
