package dev.millrace.metrics;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;

/**
 * The configuration of the metrics.
 *
 * @param token that whoever reads {@code /prometheus} must show, at least 32 characters; null: nobody may by it
 */
@ConfigurationProperties("millrace.metrics")
public record MetricsConfig(@Nullable String token) {
    private static final int SHORTEST = 32;

    public MetricsConfig {
        if (token != null && token.length() < SHORTEST) {
            throw new IllegalArgumentException(
                    "millrace.metrics.token: " + token.length() + " characters (expected: 32 or more)");
        }
    }
}
