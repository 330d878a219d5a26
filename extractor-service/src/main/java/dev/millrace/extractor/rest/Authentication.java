package dev.millrace.extractor.rest;

import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.Source;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Puts credentials into requests. Secrets are resolved for each of them. */
interface Authentication {
    /** @param url of the request, which a key in the query changes */
    void authenticate(HttpRequest.Builder request, URI url) throws InterruptedException;

    /**
     * The request was answered with 401.
     *
     * @return whether other credentials are there now, so that it is worth sending it again
     */
    boolean renew();

    static Authentication of(Source.Auth auth, RunSecrets secrets, OAuthTokens.Fetcher tokens) {
        return switch (auth) {
            case Source.Auth.None _ -> (Fixed) (_, _) -> {};
            case Source.Auth.ApiKey(Source.Auth.ApiKey.In in, String name, String key) ->
                switch (in) {
                    case HEADER -> (Fixed) (request, _) -> set(request, name, secrets.resolve(key));
                    case QUERY -> (Fixed) (request, url) -> request.uri(Queries.with(url, name, secrets.resolve(key)));
                };
            case Source.Auth.Bearer(String token) ->
                (Fixed) (request, _) -> set(request, "Authorization", "Bearer " + secrets.resolve(token));
            case Source.Auth.Basic(String username, String password) ->
                (Fixed) (request, _) -> set(request, "Authorization", "Basic " + basic(username, password, secrets));
            case Source.Auth.OAuth2ClientCredentials oauth -> new OAuthTokens(oauth, tokens);
        };
    }

    /** Sets a header; the JDK's own complaint would quote its value. */
    static void set(HttpRequest.Builder request, String name, String value) {
        try {
            request.setHeader(name, value);
        } catch (IllegalArgumentException e) {
            throw new MillraceException(
                    ErrorCode.PIPELINE_INVALID,
                    "header '" + name + "' can't be sent: the name is reserved, or name or value have characters that"
                            + " no header may have");
        }
    }

    private static String basic(String username, String password, RunSecrets secrets) {
        String pair = secrets.resolve(username) + ":" + secrets.resolve(password);
        secrets.remember(pair);
        return Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    /** Another try would send the same. */
    interface Fixed extends Authentication {
        @Override
        void authenticate(HttpRequest.Builder request, URI url);

        @Override
        default boolean renew() {
            return false;
        }
    }
}
