package dev.millrace.gateway.notification;

import io.micronaut.context.annotation.EachProperty;
import io.micronaut.context.annotation.Parameter;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import java.net.URI;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Whom to tell.
 *
 * @param name at most 63 lower case letters, digits and -
 * @param url http or https; may be a secret itself, as Slack's are
 * @param secret with which notifications are signed, as Standard Webhooks writes it: {@code whsec_} and Base64 of 24
 *     to 64 bytes (https://www.standardwebhooks.com); null: they aren't
 * @param events of which it is told
 * @param pipelines of which it is told; empty: all
 */
@EachProperty("millrace.notifications.webhooks")
public record WebhookConfig(
        @Parameter String name,
        URI url,
        @Nullable String secret,

        @Bindable(defaultValue = "failed,recovered,stale,drift,checks")
        Set<Event> events,

        @Bindable(defaultValue = "") List<String> pipelines) {
    private static final String SECRET = "whsec_";
    private static final int SHORTEST = 24;
    private static final int LONGEST = 64;

    /** What can become of an endpoint. */
    public enum Event {
        FAILED,
        RECOVERED,
        STALE,
        DRIFT,
        CHECKS
    }

    public WebhookConfig {
        String property = "millrace.notifications.webhooks." + name;
        if (!name.matches("[a-z0-9-]{1,63}")) {
            throw new IllegalArgumentException(
                    property + ": its name is '" + name + "' (expected: at most 63 lower case letters, digits and -)");
        }
        String scheme = String.valueOf(url.getScheme());
        if (!(scheme.equals("http") || scheme.equals("https")) || url.getHost() == null) {
            throw new IllegalArgumentException(property + ".url is no http or https URL"); // it may be a secret
        }
        if (secret != null) {
            int length = key(secret).length;
            if (length < SHORTEST || length > LONGEST) {
                throw new IllegalArgumentException(
                        property + ".secret: " + length + " bytes (expected: whsec_ and the Base64 of 24 to 64 bytes)");
            }
        }
        events = events.isEmpty() ? Set.of() : EnumSet.copyOf(events);
        pipelines = pipelines.stream().filter(pipeline -> !pipeline.isEmpty()).toList();
    }

    boolean wants(Event event, String pipeline) {
        return events.contains(event) && (pipelines.isEmpty() || pipelines.contains(pipeline));
    }

    /** What notifications are signed with; null: nothing. */
    byte @Nullable [] key() {
        return secret == null ? null : key(secret);
    }

    /** Empty when it isn't of that form. */
    private static byte[] key(String secret) {
        try {
            return secret.startsWith(SECRET)
                    ? Base64.getDecoder().decode(secret.substring(SECRET.length()))
                    : new byte[0];
        } catch (IllegalArgumentException e) {
            return new byte[0]; // its message quotes the secret
        }
    }
}
