package dev.millrace.gateway.notification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micronaut.core.annotation.Nullable;
import java.net.URI;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookConfigTest {
    private static WebhookConfig webhook(String url, @Nullable String secret) {
        return new WebhookConfig("team", URI.create(url), secret, EnumSet.allOf(WebhookConfig.Event.class), List.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://host/hook", "/hook", "https:hook", "mailto:team@example.com"})
    void refusesWhatIsNoWebAddressWithoutQuotingIt(String url) {
        assertThatThrownBy(() -> webhook(url, null))
                .hasMessage("millrace.notifications.webhooks.team.url is no http or https URL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hunter2hunter2hunter2hunter2hunter2", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64!"})
    void refusesASecretThatIsTooShortOrInAnotherForm(String secret) {
        assertThatThrownBy(() -> webhook("https://example.com/hook", secret))
                .hasMessageMatching("millrace\\.notifications\\.webhooks\\.team\\.secret: \\d bytes"
                        + " \\(expected: whsec_ and the Base64 of 24 to 64 bytes\\)");
    }

    @Test
    void refusesANameThatTheRunDatabaseCouldNotHold() {
        String name = "x".repeat(64);
        assertThatThrownBy(() ->
                        new WebhookConfig(name, URI.create("https://example.com/hook"), null, Set.of(), List.of()))
                .hasMessageContaining("expected: at most 63 lower case letters");
    }

    @Test
    void isToldOfWhatItWantsAlone() {
        WebhookConfig webhook = new WebhookConfig(
                "team",
                URI.create("https://example.com/hook"),
                null,
                Set.of(WebhookConfig.Event.STALE),
                List.of("school", "events"));

        assertThat(webhook.wants(WebhookConfig.Event.STALE, "school")).isTrue();
        assertThat(webhook.wants(WebhookConfig.Event.STALE, "hiring")).isFalse();
        assertThat(webhook.wants(WebhookConfig.Event.FAILED, "school")).isFalse();
        assertThat(webhook("https://example.com/hook", null).wants(WebhookConfig.Event.FAILED, "any"))
                .isTrue();
    }
}
