package dev.millrace.pipeline;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Duration;
import java.util.Map;

/** Where a pipeline's data comes from. Texts may hold secret references, see {@link SecretReference}. */
@Serdeable
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Source.Rest.class, name = "rest"),
    @JsonSubTypes.Type(value = Source.Files.class, name = "files")
})
public sealed interface Source {

    /** @param timeout for one answer's headers to arrive, and for each pause inside its body */
    @Serdeable
    @Doc("A REST API that answers with JSON.")
    record Rest(
            @References(References.Allowed.SECRETS)
            @Doc("URL that every request path is appended to; credentials are sent to its origin only.")
            String baseUrl,

            @Default("{type: none}") @Doc("How requests are authenticated.")
            Auth auth,

            @References(References.Allowed.SECRETS) @Default("{}") @Doc("Headers sent with every request.")
            Map<String, String> headers,

            @Default("{}") @Doc("Which failures are tried again.")
            Retry retry,

            @Default("60s") @Doc("How long to wait for an answer, or for its next bytes.")
            Duration timeout)
            implements Source {
        public Rest {
            Checks checks = new Checks();
            checks.that(
                    SecretReference.isIn(baseUrl) || baseUrl.matches("https?://[^/?#@]+[^?#]*"),
                    "baseUrl",
                    baseUrl.contains("@") ? "a URL with an @" : baseUrl,
                    "an http or https URL with neither user, query nor fragment");
            checks.that(timeout.isPositive(), "timeout", timeout, "more than zero");
            headers = Ordered.copy(headers);
            checks.done();
        }
    }

    /** @param folder absolute, or relative to the pipeline file; the gateway makes it absolute before it dispatches */
    @Serdeable
    @Doc("Files in a folder.")
    record Files(
            @Doc("Folder of the files, absolute or relative to the pipeline file.")
            String folder) implements Source {
        public Files {
            Checks checks = new Checks();
            checks.that(!folder.isBlank(), "folder", folder, "a folder");
            checks.done();
        }
    }

    /** How a request proves who sends it. */
    @Serdeable
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Auth.None.class, name = "none"),
        @JsonSubTypes.Type(value = Auth.OAuth2ClientCredentials.class, name = "oauth2-client-credentials"),
        @JsonSubTypes.Type(value = Auth.ApiKey.class, name = "api-key"),
        @JsonSubTypes.Type(value = Auth.Bearer.class, name = "bearer"),
        @JsonSubTypes.Type(value = Auth.Basic.class, name = "basic")
    })
    sealed interface Auth {
        @Serdeable
        @Doc("No authentication.")
        record None() implements Auth {}

        /** RFC 6749, section 4.4. The token is renewed when it expires and after a 401. */
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
                String scope)
                implements Auth {}

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
                checks.that(!name.isBlank(), "name", name, "the name of a header or query parameter");
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
    }
}
