package dev.millrace.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceTokensTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
    private static final String KEY = "a-key-that-only-this-test-knows-0123456789";

    private final ServiceTokens loader = tokens("loader", KEY, NOW);

    @Test
    void acceptsATokenForItselfAndTellsItsSubject() {
        String token = tokens("api-gateway", KEY, NOW).issue("loader", "task:1/1");

        assertThat(loader.subject(token)).hasValue("task:1/1");
    }

    @Test
    void acceptsATokenUntilItExpires() {
        assertThat(loader.subject(issuedBefore(Duration.ofSeconds(299)))).isPresent();
        assertThat(loader.subject(issuedBefore(Duration.ofSeconds(301)))).isEmpty();
    }

    @Test
    void refusesATokenForAnotherService() {
        assertThat(loader.subject(loader.issue("extractor", "task:1/1"))).isEmpty();
    }

    @Test
    void refusesATokenSignedWithAnotherKey() {
        String token = tokens("api-gateway", KEY + "x", NOW).issue("loader", "task:1/1");

        assertThat(loader.subject(token)).isEmpty();
    }

    @Test
    void refusesATokenWhoseSubjectWasChanged() {
        String[] one = loader.issue("loader", "task:1/1").split("\\.", -1);
        String[] other = loader.issue("loader", "task:2/1").split("\\.", -1);

        assertThat(loader.subject(one[0] + "." + other[1] + "." + one[2])).isEmpty();
    }

    @Test
    void refusesATokenThatNobodySigned() {
        JWTClaimsSet claims = new JWTClaimsSet.Builder()
                .issuer("millrace")
                .audience("loader")
                .subject("task:1/1")
                .expirationTime(Date.from(NOW.plusSeconds(60)))
                .build();

        assertThat(loader.subject(new PlainJWT(claims).serialize())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a.b.c", "hunter2", "eyJhbGciOiJIUzI1NiJ9..", "\u0000"})
    void refusesWhatIsNoToken(String token) {
        assertThat(loader.subject(token)).isEmpty();
    }

    @Test
    void refusesAShortKeyWithoutRepeatingIt() {
        assertThatThrownBy(() -> tokens("loader", "hunter2", NOW))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("millrace.service.key")
                .hasMessageNotContaining("hunter2");
    }

    private static String issuedBefore(Duration age) {
        return tokens("api-gateway", KEY, NOW.minus(age)).issue("loader", "task:1/1");
    }

    private static ServiceTokens tokens(String service, String key, Instant now) {
        return new ServiceTokens(
                new ServiceConfig(service, key, Duration.ofMinutes(5), Duration.ofSeconds(1)),
                Clock.fixed(now, ZoneOffset.UTC));
    }
}
