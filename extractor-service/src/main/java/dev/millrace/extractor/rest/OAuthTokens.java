package dev.millrace.extractor.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.extractor.record.JsonSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import io.micronaut.serde.annotation.Serdeable;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Access tokens of OAuth 2.0 (RFC 6749): one for many requests, renewed shortly before it expires and after a 401. Safe
 * for use by several threads: they wait for one renewal and share its token.
 */
final class OAuthTokens implements Authentication {
    /** Covers the way of a request to the server; a token of a shorter life is used for nine tenths of it. */
    private static final Duration MARGIN = Duration.ofSeconds(30);
    /** Longer than any run; servers whose tokens never expire send numbers that no calendar has. */
    private static final Duration LONGEST_LIFE = Duration.ofDays(365);

    private final Auth.OAuth2 auth;
    private final RunSecrets secrets;
    private final LoginCalls calls;
    private final ObjectMapper json;
    private final Clock clock;
    private final RefreshTokens refreshTokens;
    private @Nullable Token token;
    private int number;

    OAuthTokens(Auth.OAuth2 auth, RunSecrets secrets, LoginCalls calls, RunContext run) {
        this.auth = auth;
        this.secrets = secrets;
        this.calls = calls;
        this.json = run.json();
        this.clock = run.clock();
        this.refreshTokens = run.tokens();
    }

    /**
     * RFC 6749, section 5.1.
     *
     * @param expiresIn seconds, which some servers write as a text or a date; null: until a 401
     */
    @Serdeable
    record Answer(
            @JsonProperty("access_token") @Nullable String accessToken,
            @JsonProperty("token_type") @Nullable String tokenType,
            @JsonProperty("expires_in") @Nullable JsonNode expiresIn,
            @JsonProperty("refresh_token") @Nullable String refreshToken) {}

    private record Token(String value, @Nullable Instant renewAt) {
        boolean isOver(Instant now) {
            return renewAt != null && !now.isBefore(renewAt);
        }
    }

    @Override
    public synchronized int authenticate(HttpRequest.Builder request, URI url) throws InterruptedException {
        Token current = token;
        if (current == null || current.isOver(clock.instant())) {
            current = fetched();
            token = current;
            number++;
        }
        Authentication.set(request, "Authorization", "Bearer " + current.value());
        return number;
    }

    @Override
    public synchronized boolean renew(int status, int used) {
        if (status != 401) {
            return false;
        }
        if (used == number) {
            token = null;
        }
        return true;
    }

    private Token fetched() throws InterruptedException {
        String shown = "POST " + auth.tokenUrl();
        return switch (auth) {
            case Auth.OAuth2ClientCredentials _ -> {
                Map<String, String> form = Map.of("grant_type", "client_credentials");
                Instant asked = clock.instant();
                LoginCalls.Answer answer = calls.call(shown, () -> request(form), status -> status == 200);
                yield token(granted(answer, shown), asked, shown);
            }
            case Auth.OAuth2RefreshToken refreshing -> refreshed(refreshing, shown);
        };
    }

    /** A server may hand out another refresh token each time, and forget the one before (RFC 6749, section 6). */
    private Token refreshed(Auth.OAuth2RefreshToken refreshing, String shown) throws InterruptedException {
        RefreshTokens.Borrowed borrowed = refreshTokens.borrow(refreshing.refreshToken());
        try {
            Map<String, String> form = new LinkedHashMap<>();
            form.put("grant_type", "refresh_token");
            form.put("refresh_token", borrowed.token());
            Instant asked = clock.instant();
            return calls.callAndTake(
                    shown,
                    () -> request(form),
                    status -> status == 200,
                    body -> isInvalidGrant(body) ? whatNow(refreshing, borrowed) : "",
                    answer -> {
                        Answer granted = granted(answer, shown);
                        String next = granted.refreshToken();
                        if (next != null && !next.isBlank() && !next.equals(borrowed.token())) {
                            secrets.remember(next);
                            borrowed.replace(next); // before anything else can fail: the one before may be forgotten
                        }
                        return token(granted, asked, shown);
                    });
        } finally {
            Uninterrupted.call(() -> {
                borrowed.giveBack();
                return borrowed;
            });
        }
    }

    /** RFC 6749, section 5.2. */
    private static boolean isInvalidGrant(byte[] body) {
        try {
            return "invalid_grant".equals(JsonSlicer.valueAt(body, JsonPath.of("error")));
        } catch (IOException | MalformedSource e) {
            return false;
        }
    }

    private static String whatNow(Auth.OAuth2RefreshToken refreshing, RefreshTokens.Borrowed borrowed) {
        return "; the refresh token of " + refreshing.refreshToken()
                + " has expired, was revoked, or was used already"
                + (borrowed.doubtful()
                        ? ", perhaps by an attempt that has ended before it could keep the one that replaces it"
                        : "")
                + ": authorize anew (./millrace authorize, or a new refresh token in the secret)";
    }

    private Answer granted(LoginCalls.Answer answer, String shown) {
        Answer granted = null;
        try {
            granted = json.readValue(answer.body(), Argument.of(Answer.class));
        } catch (IOException e) {
            // its message quotes the answer; the one below tells what matters
        }
        String value = granted == null ? null : granted.accessToken();
        if (granted == null || value == null || value.isBlank()) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED, shown + ": the answer is no JSON object with an access_token");
        }
        secrets.remember(value);
        return granted;
    }

    private Token token(Answer granted, Instant asked, String shown) {
        String type = granted.tokenType();
        if (type != null && !type.equalsIgnoreCase("bearer")) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    shown + ": a token of type '" + secrets.mask(type) + "' (expected: bearer)");
        }
        return new Token(
                Objects.requireNonNull(granted.accessToken(), "accessToken"),
                renewAt(asked, granted.expiresIn(), shown));
    }

    private @Nullable Instant renewAt(Instant asked, @Nullable JsonNode expiresIn, String shown) {
        if (expiresIn == null
                || expiresIn.isNull()
                || (expiresIn.isString() && expiresIn.getStringValue().isBlank())) {
            return null;
        }
        String text = expiresIn.isString() || expiresIn.isNumber() ? expiresIn.coerceStringValue() : "";
        Duration granted = life(text.strip(), asked);
        if (granted == null) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    shown + ": the answer's expires_in is "
                            + (text.isEmpty() ? "neither a number nor a text" : "'" + secrets.mask(text) + "'")
                            + " (expected: the token's life in seconds, or the date of its end)");
        }
        Duration life = granted.compareTo(LONGEST_LIFE) < 0 ? granted : LONGEST_LIFE;
        Duration tenth = life.dividedBy(10);
        return asked.plus(life.minus(tenth.compareTo(MARGIN) < 0 ? tenth : MARGIN));
    }

    /** Null when the text is none. */
    private static @Nullable Duration life(String text, Instant asked) {
        try {
            BigDecimal seconds = new BigDecimal(text);
            return Duration.ofSeconds(seconds.max(BigDecimal.ZERO)
                    .min(BigDecimal.valueOf(LONGEST_LIFE.toSeconds()))
                    .longValue());
        } catch (NumberFormatException e) {
            return Waits.until(text, asked);
        }
    }

    private HttpRequest.Builder request(Map<String, String> grant) {
        URI url = Requests.url(secrets.resolve(auth.tokenUrl()).strip(), "tokenUrl " + auth.tokenUrl());
        Map<String, String> form = new LinkedHashMap<>(grant);
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "application/json");
        authenticate(request, form);
        String scope = auth.scope();
        if (scope != null) {
            form.put("scope", secrets.resolve(scope));
        }
        auth.parameters().forEach((name, value) -> form.put(name, secrets.resolve(value)));
        return request.POST(HttpRequest.BodyPublishers.ofString(QueryParameters.form(form)));
    }

    /** RFC 6749, section 2.3.1: in the header, id and secret are encoded like a form before they are joined. */
    private void authenticate(HttpRequest.Builder request, Map<String, String> form) {
        String id = secrets.resolve(auth.clientId());
        String reference = auth.clientSecret();
        String secret = reference == null ? null : secrets.resolve(reference);
        switch (auth.clientAuthentication()) {
            case BODY -> {
                form.put("client_id", id);
                if (secret != null) {
                    form.put("client_secret", secret);
                }
            }
            case HEADER -> {
                String pair = encoded(id) + ":" + encoded(secret == null ? "" : secret);
                String basic = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
                secrets.remember(basic);
                Authentication.set(request, "Authorization", "Basic " + basic);
            }
        }
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}
