package dev.millrace.gateway.access;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micronaut.core.annotation.Nullable;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Configuration that makes no sense, or would open more than somebody thinks. */
class AccessConfigTest {
    private static OidcConfig oidc(String issuer, @Nullable String audience, @Nullable String keys, String viewer) {
        return new OidcConfig(
                URI.create(issuer),
                audience,
                keys == null ? null : URI.create(keys),
                "sub",
                "roles",
                List.of(viewer),
                List.of(),
                List.of());
    }

    @Test
    void aProviderOfIdentitiesNeedsAnAudienceAndARole() {
        for (Runnable half : List.<Runnable>of(
                () -> oidc("https://accounts.example.com", null, null, "staff"),
                () -> oidc("https://accounts.example.com", "millrace", null, ""))) {
            assertThatThrownBy(half::run)
                    .hasMessage("millrace.gateway.oidc.issuer: https://accounts.example.com"
                            + " (expected: also an audience, and viewers, operators or admins)");
        }
    }

    @Test
    void keysComeByEncryptedConnectionsUnlessTheyAreOfThisMachine() {
        assertThatThrownBy(() -> oidc("http://accounts.example.com", "millrace", null, "staff"))
                .hasMessage("millrace.gateway.oidc.issuer: http://accounts.example.com (expected: a URL with https)");
        assertThatThrownBy(() -> oidc("https://accounts.example.com", "millrace", "http://keys.example.com", "staff"))
                .hasMessage("millrace.gateway.oidc.keys: http://keys.example.com (expected: a URL with https)");
    }

    @Test
    void nobodyIsMadeMoreThanAViewerForNothing() {
        assertThatThrownBy(() -> new AccessConfig(Duration.ofHours(1), Role.ADMIN))
                .hasMessage("millrace.gateway.access.anonymous: admin (expected: viewer, or nothing)");
        assertThatThrownBy(() -> new AccessConfig(Duration.ZERO, null))
                .hasMessage("millrace.gateway.access.session-lifetime: PT0S (expected: more than nothing)");
        assertThatThrownBy(() -> new RateConfig(-1, 0))
                .hasMessage("millrace.gateway.rate.per-caller: -1 (expected: 0 or more)");
    }
}
