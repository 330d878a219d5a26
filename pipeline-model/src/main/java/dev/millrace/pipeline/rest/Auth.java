package dev.millrace.pipeline.rest;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.HttpUrl;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Ordered;
import dev.millrace.pipeline.References;
import dev.millrace.pipeline.SecretReference;
import dev.millrace.pipeline.SignIn;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.Map;

/** How a request proves who sends it. */
@Serdeable
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Auth.None.class, name = "none"),
    @JsonSubTypes.Type(value = Auth.OAuth2ClientCredentials.class, name = "oauth2-client-credentials"),
    @JsonSubTypes.Type(value = Auth.OAuth2RefreshToken.class, name = "oauth2-refresh-token"),
    @JsonSubTypes.Type(value = Auth.ApiKey.class, name = "api-key"),
    @JsonSubTypes.Type(value = Auth.Bearer.class, name = "bearer"),
    @JsonSubTypes.Type(value = Auth.Basic.class, name = "basic"),
    @JsonSubTypes.Type(value = Auth.Session.class, name = "session"),
    @JsonSubTypes.Type(value = Signature.Hmac.class, name = "hmac"),
    @JsonSubTypes.Type(value = Signature.AwsV4.class, name = "aws-v4"),
    @JsonSubTypes.Type(value = Signature.OAuth1.class, name = "oauth1")
})
public sealed interface Auth
        permits Auth.None, Auth.OAuth2, Auth.ApiKey, Auth.Bearer, Auth.Basic, Auth.Session, Signature {
    @Serdeable
    @Doc("No authentication.")
    record None() implements Auth {}

    /** Access tokens from a token endpoint (RFC 6749), renewed when they expire and after a 401. */
    sealed interface OAuth2 extends Auth {
        String tokenUrl();

        String clientId();

        /** Null for a public client, which has none. */
        @Nullable
        String clientSecret();

        @Nullable
        String scope();

        ClientAuthentication clientAuthentication();

        /** Fields of the token request beside those of RFC 6749. */
        Map<String, String> parameters();

        /** The place of the client's id and secret in a token request (RFC 6749, section 2.3.1). */
        enum ClientAuthentication {
            BODY,
            HEADER
        }

        /** Those fields of a token request that have keys of their own. */
        private static void checkParameters(Checks checks, Map<String, String> parameters) {
            for (String taken : List.of("grant_type", "client_id", "client_secret", "refresh_token", "scope")) {
                checks.that(
                        !parameters.containsKey(taken), "parameters", taken, "fields that have no key of their own");
            }
        }
    }

    /** RFC 6749, section 4.4. */
    @Serdeable
    @Doc("OAuth 2.0 client credentials (RFC 6749, section 4.4).")
    record OAuth2ClientCredentials(
            @References(References.Allowed.SECRETS) @Doc("URL that hands out tokens.")
            String tokenUrl,

            @References(References.Allowed.SECRETS) @Doc("Client id, usually a secret reference.")
            String clientId,

            @References(References.Allowed.SECRET_REQUIRED) @Doc("Client secret, a secret reference.")
            String clientSecret,

            @References(References.Allowed.SECRETS) @Doc("Scope to ask for.") @Nullable
            String scope,

            @Default("body")
            @Doc(
                    "Where a token request carries client id and secret: in its body, or in the header of basic authentication.")
            ClientAuthentication clientAuthentication,

            @References(References.Allowed.SECRETS)
            @Default("{}")
            @Doc("More fields of a token request, such as audience.")
            Map<String, String> parameters)
            implements OAuth2, FileRules {
        public OAuth2ClientCredentials {
            parameters = Ordered.copy(parameters);
        }

        @Override
        public void check(Checks checks) {
            OAuth2.checkParameters(checks, parameters);
        }
    }

    /** RFC 6749, section 6. */
    @Serdeable
    @Doc("An OAuth 2.0 refresh token (RFC 6749, section 6) that was granted once; one that replaces it is kept.")
    record OAuth2RefreshToken(
            @References(References.Allowed.SECRETS) @Doc("URL that hands out tokens.")
            String tokenUrl,

            @References(References.Allowed.SECRETS) @Doc("Client id, usually a secret reference.")
            String clientId,

            @References(References.Allowed.SECRET_REQUIRED)
            @Doc("Client secret, a secret reference; none for a public client.")
            @Nullable
            String clientSecret,

            @References(References.Allowed.SECRET_REQUIRED) @Doc("The refresh token, a secret reference.")
            String refreshToken,

            @References(References.Allowed.SECRETS)
            @Doc("Scope to ask for; none: what the refresh token was granted for.")
            @Nullable
            String scope,

            @Default("body")
            @Doc(
                    "Where a token request carries client id and secret: in its body, or in the header of basic authentication.")
            ClientAuthentication clientAuthentication,

            @References(References.Allowed.SECRETS)
            @Default("{}")
            @Doc("More fields of a token request, such as audience.")
            Map<String, String> parameters,

            @References(References.Allowed.SECRETS)
            @Doc("Page on which a user grants the first refresh token, for ./millrace authorize.")
            @Nullable
            String authorizeUrl)
            implements OAuth2, FileRules {
        public OAuth2RefreshToken {
            parameters = Ordered.copy(parameters);
        }

        @Override
        public void check(Checks checks) {
            OAuth2.checkParameters(checks, parameters);
            checks.that(
                    clientSecret != null || clientAuthentication == ClientAuthentication.BODY,
                    "clientAuthentication",
                    "header",
                    "body, since there is no clientSecret");
            if (authorizeUrl != null) {
                checks.that(
                        SecretReference.isIn(authorizeUrl) || HttpUrl.is(authorizeUrl),
                        "authorizeUrl",
                        authorizeUrl.contains("@") ? "a URL with an @" : authorizeUrl,
                        "an http or https URL without user and fragment");
                checks.that(
                        target() != null,
                        "refreshToken",
                        "something else",
                        "one reference alone, without project and version, so that ./millrace authorize can write there");
            }
        }

        /** Where the first token is to go; null when nobody can write there. */
        private @Nullable SecretReference target() {
            SecretReference reference = SecretReference.only(refreshToken);
            return reference == null || reference.project() != null || reference.version() != null ? null : reference;
        }

        /** How a user grants the first token; null: it isn't said. */
        @Nullable
        SignIn signIn() {
            SecretReference target = target();
            return authorizeUrl == null || target == null
                    ? null
                    : new SignIn(
                            authorizeUrl,
                            tokenUrl,
                            clientId,
                            clientSecret,
                            clientAuthentication == ClientAuthentication.HEADER,
                            scope,
                            parameters,
                            target);
        }
    }

    @Serdeable
    @Doc("A key in a header or in the query.")
    record ApiKey(
            @Default("header") @Doc("Where the key is sent: in a header or in a query parameter.")
            In in,

            @Default("x-api-key") @Doc("Name of the header or query parameter.")
            String name,

            @References(References.Allowed.SECRET_REQUIRED) @Doc("The key, a secret reference.")
            String key)
            implements Auth {
        public ApiKey {
            Checks checks = new Checks();
            switch (in) {
                case HEADER -> Headers.checkName(checks, "name", name);
                case QUERY -> checks.that(!name.isBlank(), "name", name, "the name of a query parameter");
            }
            checks.done();
        }

        /** Where a request carries the key. */
        public enum In {
            HEADER,
            QUERY
        }
    }

    @Serdeable
    @Doc("A bearer token (RFC 6750).")
    record Bearer(
            @References(References.Allowed.SECRET_REQUIRED) @Doc("The token, a secret reference.")
            String token) implements Auth {}

    @Serdeable
    @Doc("User and password (RFC 7617).")
    record Basic(
            @References(References.Allowed.SECRETS) @Doc("User name.")
            String username,

            @References(References.Allowed.SECRET_REQUIRED) @Doc("Password, a secret reference.")
            String password)
            implements Auth {}

    /**
     * A login before the first request. Its session is given up and another one begun, once per request, when an
     * answer has a status of {@code expired}.
     *
     * @param logout null: the session is left to its own end
     */
    @Serdeable
    @Doc("A session that a login opens.")
    record Session(
            @Doc("The request that opens the session.") Login login,

            @Default("{type: cookies}") @Doc("What of the login's answer goes with each request.")
            Proof proof,

            @Default("[401]") @Doc("HTTP statuses that mean that the session has ended, so that another one is opened.")
            List<Integer> expired,

            @Doc("The request that ends the session after the last page.") @Nullable
            Logout logout)
            implements Auth {
        public Session {
            Checks checks = new Checks();
            expired = List.copyOf(expired);
            for (int status : expired) {
                checks.that(status >= 400 && status <= 499, "expired", status, "HTTP statuses, 400 to 499");
            }
            checks.done();
        }

        /**
         * A POST with a form or a JSON object.
         *
         * @param url below the base URL when it starts with a slash, else absolute
         * @param form sent as {@code application/x-www-form-urlencoded} when there is no body
         */
        @Serdeable
        @Doc("The POST that opens the session, with a form or a JSON body.")
        public record Login(
                @References(References.Allowed.SECRETS)
                @Doc("Path below the base URL, with a slash at its start, or a whole URL.")
                String url,

                @References(References.Allowed.SECRETS) @Default("{}") @Doc("Fields of a form.")
                Map<String, String> form,

                @References(References.Allowed.SECRETS)
                @Doc("JSON object to send instead of a form; secrets may stand in its texts.")
                @Nullable
                String body,

                @References(References.Allowed.SECRETS) @Default("{}") @Doc("Headers of this request.")
                Map<String, String> headers)
                implements FileRules {
            public Login {
                Checks checks = new Checks();
                form = Ordered.copy(form);
                headers = Ordered.copy(headers);
                checkUrl(checks, url);
                Headers.check(checks, "headers", headers);
                if (body != null) {
                    JsonTemplate.check(checks, "body", body);
                }
                checks.done();
            }

            @Override
            public void check(Checks checks) {
                checks.that(
                        form.isEmpty() != (body == null),
                        body == null ? "form" : "body",
                        body == null ? "nothing" : "a body beside a form",
                        "either a form or a body");
                checks.that(
                        form.values().stream().anyMatch(SecretReference::isIn)
                                || headers.values().stream().anyMatch(SecretReference::isIn)
                                || (body != null && SecretReference.isIn(body)),
                        body == null ? "form" : "body",
                        "values in plain text",
                        "a secret reference such as ${secret:NAME}, so that the file holds no secret");
            }
        }

        /** @param url as for {@link Login} */
        @Serdeable
        @Doc("The request that ends the session.")
        public record Logout(
                @Default("post") @Doc("Method of the request.")
                Method method,

                @References(References.Allowed.SECRETS)
                @Doc("Path below the base URL, with a slash at its start, or a whole URL of the same origin.")
                String url) {
            public Logout {
                Checks checks = new Checks();
                checkUrl(checks, url);
                checks.done();
            }

            /** Sent without a body. */
            public enum Method {
                POST,
                DELETE,
                GET
            }
        }

        private static void checkUrl(Checks checks, String url) {
            checks.that(
                    url.startsWith("/") || SecretReference.isIn(url) || HttpUrl.is(url),
                    "url",
                    url.contains("@") ? "a URL with an @" : url,
                    "a path that starts with /, or an http or https URL without user and fragment");
        }

        /** What shows that a request belongs to the session. */
        @Serdeable
        @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
        @JsonSubTypes({
            @JsonSubTypes.Type(value = Proof.Cookies.class, name = "cookies"),
            @JsonSubTypes.Type(value = Proof.Token.class, name = "token")
        })
        public sealed interface Proof {
            /** RFC 6265; each answer may change them. */
            @Serdeable
            @Doc("The cookies that the API sets.")
            record Cookies() implements Proof {}

            /** @param token path in the answer, or name of a header, as {@code from} says */
            @Serdeable
            @Doc("A token in the login's answer.")
            record Token(
                    @Default("body") @Doc("Where the answer holds the token: in its body or in a header.")
                    From from,

                    @Doc("Path of the token in the answer, or name of the header that holds it.")
                    String token,

                    @Default("header") @Doc("Where requests carry the token: in a header or in a cookie.")
                    Carrier in,

                    @Default("Authorization") @Doc("Name of the header or cookie.")
                    String name,

                    @Default("\"\"") @Doc("Text before the token, for example Bearer and a space.")
                    String prefix)
                    implements Proof {
                public Token {
                    Checks checks = new Checks();
                    switch (from) {
                        case BODY -> JsonPath.check(checks, "token", token);
                        case HEADER -> Headers.checkName(checks, "token", token);
                    }
                    Headers.checkName(checks, "name", name);
                    checks.done();
                }

                /** Where an answer holds the token. */
                public enum From {
                    BODY,
                    HEADER
                }

                /** Where a request carries the token. */
                public enum Carrier {
                    HEADER,
                    COOKIE
                }
            }
        }
    }
}
