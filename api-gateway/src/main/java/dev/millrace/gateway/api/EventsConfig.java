package dev.millrace.gateway.api;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import java.net.URI;
import java.util.List;

/**
 * Whose tokens open the route of events, beside that of the API.
 *
 * @param audience that Google's tokens have to be for; null: none of them is taken
 * @param senders e-mail addresses of the service accounts that may send events
 * @param certificates where the keys are with which Google signs, as a JSON Web Key Set
 */
@ConfigurationProperties("millrace.gateway.events")
record EventsConfig(
        @Nullable String audience,
        @Bindable(defaultValue = "") List<String> senders,

        @Bindable(defaultValue = "https://www.googleapis.com/oauth2/v3/certs")
        URI certificates) {
    EventsConfig {
        senders = senders.stream().filter(sender -> !sender.isBlank()).toList(); // an empty variable is none
        if ((audience == null || audience.isEmpty()) != senders.isEmpty()) {
            throw new IllegalArgumentException("millrace.gateway.events.audience: " + audience
                    + ", millrace.gateway.events.senders: " + senders + " (expected: both, or none of them)");
        }
    }
}
