package dev.millrace.pipeline.rest;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.HttpUrl;
import dev.millrace.pipeline.Limits;
import dev.millrace.pipeline.Ordered;
import dev.millrace.pipeline.References;
import dev.millrace.pipeline.SecretReference;
import dev.millrace.pipeline.SignIn;
import dev.millrace.pipeline.Source;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A REST API. Texts may hold secret references, see {@link SecretReference}.
 *
 * @param limits null: requests are sent as they come
 * @param tls null: Java's authorities are believed, and no certificate is shown
 * @param timeout for one answer's headers to arrive, and for each pause inside its body
 */
@Serdeable
@JsonTypeName("rest")
@Doc("A REST API that answers with JSON.")
public record RestSource(
        @References(References.Allowed.SECRETS)
        @Doc("URL that every request path is appended to; credentials are sent to its origin only.")
        String baseUrl,

        @Default("{type: none}") @Doc("How requests are authenticated.")
        Auth auth,

        @References(References.Allowed.SECRETS) @Default("{}") @Doc("Headers sent with every request.")
        Map<String, String> headers,

        @Default("{}") @Doc("Which failures are tried again.")
        Retry retry,

        @Doc("What the API bears, of all runs of the pipeline together; by default nothing is held back.") @Nullable
        Limits limits,

        @Default("60s") @Doc("How long to wait for an answer, or for its next bytes.")
        Duration timeout,

        @Default("[]") @Doc("Conditions, each of which makes an answer an error, whatever its status.")
        List<Condition> failIf,

        @Default("[]") @Doc("Conditions, each of which lets a request be sent again, as retry says.")
        List<Condition> retryIf,

        @Default("own") @Doc("Which redirects are followed: to the base URL's own origin, or to any, without secrets.")
        Redirects redirects,

        @Doc("Headers by which the API says how many requests it still takes.") @Nullable
        RateLimit rateLimit,

        @Doc("Certificates for TLS: a client's own, and authorities that Java doesn't know; by default neither.")
        @Nullable
        Certificates tls)
        implements Source {
    /** Where a redirect may lead. */
    public enum Redirects {
        OWN,
        /** What is sent to another origin has none of the file's headers and no credentials, and no body. */
        ANY
    }

    /**
     * What an API tells of its own limit. When nothing remains, requests wait until it is reset.
     *
     * @param remaining name of the header with the number of requests that remain
     * @param reset name of the header with the moment or the seconds until then
     */
    @Serdeable
    @Doc("Headers by which the API says how many requests it still takes.")
    public record RateLimit(
            @Default("x-ratelimit-remaining") @Doc("Header with the number of requests that remain.")
            String remaining,

            @Default("x-ratelimit-reset") @Doc("Header with when there are new ones: seconds, an epoch or a date.")
            String reset) {
        public RateLimit {
            Checks checks = new Checks();
            Headers.checkName(checks, "remaining", remaining);
            Headers.checkName(checks, "reset", reset);
            checks.done();
        }
    }

    @Creator // of two constructors, that which reads JSON
    public RestSource {
        Checks checks = new Checks();
        checks.that(
                SecretReference.isIn(baseUrl) || HttpUrl.isBase(baseUrl),
                "baseUrl",
                baseUrl.contains("@") ? "a URL with an @" : baseUrl,
                "an http or https URL with neither user, query nor fragment, whose port is 1 to 65535 if it has one");
        checks.that(timeout.isPositive(), "timeout", timeout, "more than zero");
        headers = Ordered.copy(headers);
        Headers.check(checks, "headers", headers);
        failIf = List.copyOf(failIf);
        retryIf = List.copyOf(retryIf);
        checks.done();
    }

    /** Without certificates of its own. */
    public RestSource(
            String baseUrl,
            Auth auth,
            Map<String, String> headers,
            Retry retry,
            @Nullable Limits limits,
            Duration timeout,
            List<Condition> failIf,
            List<Condition> retryIf,
            Redirects redirects,
            @Nullable RateLimit rateLimit) {
        this(baseUrl, auth, headers, retry, limits, timeout, failIf, retryIf, redirects, rateLimit, null);
    }

    @Override
    public @Nullable SignIn signIn() {
        return auth instanceof Auth.OAuth2RefreshToken refreshing ? refreshing.signIn() : null;
    }

    @Override
    public RestSource in(Path folder) {
        return this;
    }
}
