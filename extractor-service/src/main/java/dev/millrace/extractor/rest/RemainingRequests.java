package dev.millrace.extractor.rest;

import dev.millrace.pipeline.Source;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.net.http.HttpHeaders;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** How many requests an API still takes, as its headers say: when there are none, the next one waits. For several threads. */
final class RemainingRequests {
    private final Source.Rest.@Nullable RateLimit headers;
    private final Clock clock;
    private volatile @Nullable Instant resume;

    /** @param headers null: the API doesn't say */
    RemainingRequests(Source.Rest.@Nullable RateLimit headers, Clock clock) {
        this.headers = headers;
        this.clock = clock;
    }

    /** How long the API takes no request after this answer; null when it still does, or doesn't say. */
    @Nullable
    Duration after(HttpHeaders answer) {
        if (headers == null) {
            return null;
        }
        String remaining =
                answer.firstValue(headers.remaining()).map(String::strip).orElse("");
        if (!remaining.matches("-?[0-9]{1,15}(\\.[0-9]{1,9})?") || new BigDecimal(remaining).signum() > 0) {
            return null;
        }
        Instant now = clock.instant();
        Duration wait = Waits.until(answer.firstValue(headers.reset()).orElse(""), now);
        if (wait != null) {
            resume = now.plus(wait);
        }
        return wait;
    }

    /** How long the next request has to wait; null: not at all. */
    @Nullable
    Duration pause() {
        Instant until = resume;
        Duration rest = until == null ? null : Duration.between(clock.instant(), until);
        return rest == null || !rest.isPositive() ? null : rest;
    }
}
