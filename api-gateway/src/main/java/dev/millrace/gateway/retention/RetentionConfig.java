package dev.millrace.gateway.retention;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.context.annotation.Context;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * How long what runs leave behind is kept.
 *
 * @param enabled whether anything is ever deleted
 * @param every how often it is looked for
 * @param runs that have ended, with their logs and rejects
 * @param newestRuns of each endpoint that are kept, however old they are
 * @param staging of runs that failed or were cancelled, from which a retry goes on; after that it reads its source anew
 * @param idempotencyKeys after which a request that is repeated is a new one
 * @param audit entries of the audit log
 */
@Context // a wrong value ends the start
@ConfigurationProperties("millrace.retention")
public record RetentionConfig(
        @Bindable(defaultValue = "true") boolean enabled,
        @Bindable(defaultValue = "1h") Duration every,
        @Bindable(defaultValue = "400d") Duration runs,
        @Bindable(defaultValue = "100") int newestRuns,
        @Bindable(defaultValue = "30d") Duration staging,
        @Bindable(defaultValue = "30d") Duration idempotencyKeys,
        @Bindable(defaultValue = "400d") Duration audit) {
    /** What happens again within it is a repetition: a task, a schedule's time, a call. */
    private static final Duration SHORTEST = Duration.ofDays(1);

    public RetentionConfig {
        require("runs", runs);
        require("staging", staging);
        require("idempotency-keys", idempotencyKeys);
        require("audit", audit);
        if (newestRuns < 1) {
            throw new IllegalArgumentException(
                    "millrace.retention.newest-runs: " + newestRuns + " (expected: 1 or more)");
        }
        if (staging.compareTo(runs) > 0 || idempotencyKeys.compareTo(runs) > 0) {
            throw new IllegalArgumentException("millrace.retention.runs: " + runs
                    + " (expected: no less than staging and idempotency-keys, which belong to runs)");
        }
    }

    private static void require(String name, Duration value) {
        if (value.compareTo(SHORTEST) < 0) {
            throw new IllegalArgumentException(
                    "millrace.retention." + name + ": " + value + " (expected: a day or more)");
        }
    }
}
