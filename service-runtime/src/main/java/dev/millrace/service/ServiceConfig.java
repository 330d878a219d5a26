package dev.millrace.service;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * The configuration that every service must know of the others.
 *
 * @param name of this service: {@code api-gateway}, {@code extractor}, {@code transformer} or {@code loader}
 * @param key shared secret with which service tokens are signed, at least 32 bytes (RFC 7518, section 3.2)
 * @param tokenLifetime how long a token is good for; clocks may differ by less than that
 * @param requestTimeout for one call to another service, its answer included
 */
@ConfigurationProperties("millrace.service")
public record ServiceConfig(
        String name,
        String key,
        @Bindable(defaultValue = "5m") Duration tokenLifetime,
        @Bindable(defaultValue = "10s") Duration requestTimeout) {
    public ServiceConfig {
        if (key.length() < 32) {
            throw new IllegalArgumentException(
                    "millrace.service.key: " + key.length() + " characters (expected: 32 or more)");
        }
    }
}
