package dev.millrace.extractor.rest;

import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Signature;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The credentials of requests, put into each. Secrets are resolved for each of them. Safe for use by several threads.
 */
interface Authentication {
    /**
     * @param url of the request, which a key in the query changes
     * @return number of the credentials, which {@link #renew} wants to know
     */
    int authenticate(HttpRequest.Builder request, URI url) throws InterruptedException;

    /**
     * A request was refused.
     *
     * @param status of the answer
     * @param used number of the credentials that it was sent with: of several requests that were refused together only
     *     the first makes them void
     * @return whether other credentials are to be had, so that it is worth sending it again
     */
    boolean renew(int status, int used);

    /** The API has answered to a request that carried these credentials. */
    default void received(URI url, HttpHeaders headers) {}

    /** After the last request. */
    default void end() throws InterruptedException {}

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

    static Authentication of(Auth auth, RunSecrets secrets, Requests requests, LoginCalls calls, RunContext run) {
        return switch (auth) {
            case Auth.None _ -> (Fixed) (_, _) -> {};
            case Auth.ApiKey(Auth.ApiKey.In in, String name, String key) ->
                switch (in) {
                    case HEADER -> (Fixed) (request, _) -> set(request, name, secrets.resolve(key));
                    case QUERY ->
                        (Fixed) (request, url) -> request.uri(QueryParameters.with(url, name, secrets.resolve(key)));
                };
            case Auth.Bearer(String token) ->
                (Fixed) (request, _) -> set(request, "Authorization", "Bearer " + secrets.resolve(token));
            case Auth.Basic(String username, String password) ->
                (Fixed) (request, _) -> set(request, "Authorization", "Basic " + basic(username, password, secrets));
            case Auth.OAuth2 oauth -> new OAuthTokens(oauth, secrets, calls, run);
            case Signature.Hmac hmac -> new HmacSignature(hmac, secrets, run.clock());
            case Signature.AwsV4 aws -> new AwsSignature(aws, secrets, run.clock());
            case Signature.OAuth1 oauth -> new OAuth1Signature(oauth, secrets, run.clock());
            case Auth.Session session -> new Session(session, secrets, requests, calls, run.context());
        };
    }

    private static String basic(String username, String password, RunSecrets secrets) {
        String pair = secrets.resolve(username) + ":" + secrets.resolve(password);
        secrets.remember(pair);
        return Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    /** Another try would send the same. */
    interface Fixed extends Authentication {
        void put(HttpRequest.Builder request, URI url);

        @Override
        default int authenticate(HttpRequest.Builder request, URI url) {
            put(request, url);
            return 0;
        }

        @Override
        default boolean renew(int status, int used) {
            return false;
        }
    }
}
