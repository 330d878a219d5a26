package dev.millrace.gateway.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.github.bucket4j.Bucket;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.server.util.HttpClientAddressResolver;
import io.micronaut.security.authentication.Authentication;
import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * Keeps one caller from taking the gateway from all others: a bucket of permits for each, which holds those of two seconds.
 * Services and the metrics are left alone. Of this replica only; safe for use by several threads.
 */
@Singleton
public final class RateLimit {
    private static final String LIMITED = "dev.millrace.gateway.access.limited";
    /** Of whom nothing was heard for so long has a full bucket in any case. */
    private static final Duration FORGOTTEN = Duration.ofMinutes(1);

    private static final int MOST_BUCKETS = 100_000;
    private static final int SECONDS_AT_ONCE = 2;

    private final RateConfig config;
    private final HttpClientAddressResolver addresses;
    private final Cache<String, Bucket> buckets = Caffeine.newBuilder()
            .expireAfterAccess(FORGOTTEN)
            .maximumSize(MOST_BUCKETS)
            .build();

    RateLimit(RateConfig config, HttpClientAddressResolver addresses) {
        this.config = config;
        this.addresses = addresses;
    }

    /** @throws MillraceException with {@code RATE_LIMITED} */
    void take(HttpRequest<?> request, @Nullable Authentication authentication) {
        Caller caller = authentication == null ? null : Caller.of(authentication);
        if (authentication != null && caller == null) {
            return;
        }
        String name = caller == null || caller.kind() == Caller.Kind.ANONYMOUS ? null : caller.name();
        int perSecond = name == null ? config.perAddress() : config.perCaller();
        if (perSecond == 0) {
            return;
        }
        String key = name == null ? "address " + addresses.resolve(request) : "caller " + name;
        if (!buckets.get(key, _ -> bucket(perSecond)).tryConsume(1)) {
            request.setAttribute(LIMITED, true);
            throw new MillraceException(
                    ErrorCode.RATE_LIMITED,
                    "more than " + perSecond + " calls a second by " + key + " (expected: fewer, or a pause)");
        }
    }

    /** Whether the call was refused because there were too many. */
    public static boolean isLimited(HttpRequest<?> request) {
        return request.getAttribute(LIMITED).isPresent();
    }

    private static Bucket bucket(int perSecond) {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity((long) perSecond * SECONDS_AT_ONCE)
                        .refillGreedy(perSecond, Duration.ofSeconds(1)))
                .build();
    }
}
