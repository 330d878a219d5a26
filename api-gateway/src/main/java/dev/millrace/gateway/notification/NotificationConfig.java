package dev.millrace.gateway.notification;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * @param staleAfter how long an endpoint with a schedule may go without a successful run, where its pipeline doesn't
 *     say; null: for as long as it likes
 * @param retryFor how long a webhook that doesn't take a notification is offered it
 */
@ConfigurationProperties("millrace.notifications")
public record NotificationConfig(
        @Nullable Duration staleAfter,
        @Bindable(defaultValue = "24h") Duration retryFor) {
    public NotificationConfig {
        if (staleAfter != null && !staleAfter.isPositive()) {
            throw new IllegalArgumentException(
                    "millrace.notifications.stale-after: " + staleAfter + " (expected: more than nothing)");
        }
    }
}
