package dev.millrace.extractor.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.pipeline.Source;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * OAuth 2.0 client credentials (RFC 6749, section 4.4): one token for many requests, renewed shortly before it
 * expires and after a 401. Safe for use by several threads: they wait for one renewal and share its token.
 */
final class OAuthTokens implements Authentication {
    /** Covers the way of a request to the server; a token of a shorter life is used for nine tenths of it. */
    private static final Duration MARGIN = Duration.ofSeconds(30);
    /** Longer than any run; servers whose tokens never expire send numbers that no calendar has. */
    private static final Duration LONGEST_LIFE = Duration.ofDays(365);

    private final Source.Auth.OAuth2ClientCredentials auth;
    private final Fetcher fetcher;
    private @Nullable Token token;

    OAuthTokens(Source.Auth.OAuth2ClientCredentials auth, Fetcher fetcher) {
        this.auth = auth;
        this.fetcher = fetcher;
    }

    /** Asks the token URL, with retries. */
    interface Fetcher {
        Answer fetch(Source.Auth.OAuth2ClientCredentials auth) throws InterruptedException;

        Clock clock();
    }

    /**
     * RFC 6749, section 5.1.
     *
     * @param expiresIn seconds; null: until a 401
     */
    @Serdeable
    record Answer(
            @JsonProperty("access_token") @Nullable String accessToken,
            @JsonProperty("token_type") @Nullable String tokenType,
            @JsonProperty("expires_in") @Nullable Long expiresIn) {}

    private record Token(String value, @Nullable Instant renewAt) {
        boolean isOver(Instant now) {
            return renewAt != null && !now.isBefore(renewAt);
        }
    }

    @Override
    public synchronized void authenticate(HttpRequest.Builder request, URI url) throws InterruptedException {
        Token current = token;
        if (current == null || current.isOver(fetcher.clock().instant())) {
            current = fetched();
            token = current;
        }
        Authentication.set(request, "Authorization", "Bearer " + current.value());
    }

    private Token fetched() throws InterruptedException {
        Instant asked = fetcher.clock().instant();
        Answer answer = fetcher.fetch(auth);
        Long seconds = answer.expiresIn();
        Instant renewAt = null;
        if (seconds != null) {
            Duration life = Duration.ofSeconds(Math.clamp(seconds, 0, LONGEST_LIFE.toSeconds()));
            Duration tenth = life.dividedBy(10);
            renewAt = asked.plus(life.minus(tenth.compareTo(MARGIN) < 0 ? tenth : MARGIN));
        }
        return new Token(String.valueOf(answer.accessToken()), renewAt);
    }

    @Override
    public synchronized boolean renew() {
        token = null;
        return true;
    }
}
