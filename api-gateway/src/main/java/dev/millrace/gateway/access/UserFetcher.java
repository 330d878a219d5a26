package dev.millrace.gateway.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Credentials;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.cookie.Cookie;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.filters.AuthenticationFetcher;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.ExecutorService;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Recognises users: by their name and password (RFC 7617), or by the cookie of a session, or, where the configuration lets
 * them, those who say nothing of themselves. A header counts more than a cookie, and a wrong one is never less than that.
 */
@Singleton
final class UserFetcher implements AuthenticationFetcher<HttpRequest<?>> {
    private static final int MOST_KNOWN = 1_000;

    private final Users users;
    private final AccessConfig config;
    private final Scheduler threads;
    /** Of names and passwords that were right, by a hash that only this process can make. */
    private final Cache<String, Caller> verified = Caffeine.newBuilder()
            .expireAfterWrite(AccessTokens.KNOWN_FOR)
            .maximumSize(MOST_KNOWN)
            .build();

    private final String pepper = Secrets.create("");

    UserFetcher(Users users, AccessConfig config, @Named(TaskExecutors.BLOCKING) ExecutorService threads) {
        this.users = users;
        this.config = config;
        this.threads = Schedulers.fromExecutor(threads);
    }

    @Override
    public Publisher<Authentication> fetchAuthentication(HttpRequest<?> request) {
        if (request.getHeaders().getAuthorization().isPresent()) {
            String basic = Credentials.of(request, "Basic");
            return basic == null ? Publishers.empty() : byPassword(basic);
        }
        String secret = session(request);
        if (secret != null) {
            Caller known = users.known(secret);
            return known != null
                    ? Publishers.just(known.authentication())
                    : Mono.fromCallable(() -> users.find(secret)
                                    .map(Caller::authentication)
                                    .orElse(null))
                            .subscribeOn(threads);
        }
        Role role = config.anonymous();
        return role == null
                ? Publishers.empty()
                : Publishers.just(
                        new Caller("anonymous", Caller.Kind.ANONYMOUS, role, Scope.EVERYTHING).authentication());
    }

    /** What the cookie holds; null where there is none. */
    static @Nullable String session(HttpRequest<?> request) {
        return request.getCookies()
                .findCookie(Users.COOKIE)
                .map(Cookie::getValue)
                .orElse(null);
    }

    private Publisher<Authentication> byPassword(String basic) {
        String key = Secrets.hash(pepper + basic);
        Caller known = verified.getIfPresent(key);
        if (known != null) {
            return Publishers.just(known.authentication());
        }
        String given = decoded(basic);
        int colon = given.indexOf(':');
        if (colon < 0) {
            return Publishers.just(new MillraceException(
                    ErrorCode.UNAUTHORIZED, "Authorization: what follows Basic can't be read (RFC 7617)"));
        }
        return Mono.fromCallable(() -> {
                    Users.User user = users.verified(given.substring(0, colon), given.substring(colon + 1));
                    Caller caller = new Caller(user.name(), Caller.Kind.PASSWORD, user.role(), Scope.EVERYTHING);
                    verified.put(key, caller);
                    return caller.authentication();
                })
                .subscribeOn(threads);
    }

    /** Empty when it isn't Base64. */
    private static String decoded(String text) {
        try {
            return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
