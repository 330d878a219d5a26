package dev.millrace.gateway.access;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.context.annotation.Context;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * Who may call the API, beside users and tokens.
 *
 * @param sessionLifetime after which a browser has to log in again
 * @param anonymous role of calls without any token or session; null: they are refused
 */
@Context // a wrong value ends the start
@ConfigurationProperties("millrace.gateway.access")
public record AccessConfig(
        @Bindable(defaultValue = "12h") Duration sessionLifetime,
        @Nullable Role anonymous) {
    public AccessConfig {
        if (!sessionLifetime.isPositive()) {
            throw new IllegalArgumentException(
                    "millrace.gateway.access.session-lifetime: " + sessionLifetime + " (expected: more than nothing)");
        }
        if (anonymous != null && anonymous != Role.VIEWER) {
            throw new IllegalArgumentException(
                    "millrace.gateway.access.anonymous: " + anonymous.word() + " (expected: viewer, or nothing)");
        }
    }
}
