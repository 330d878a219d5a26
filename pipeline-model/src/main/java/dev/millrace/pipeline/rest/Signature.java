package dev.millrace.pipeline.rest;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.References;
import dev.millrace.pipeline.SecretReference;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A proof of each request that only holds for this one, made with a key that isn't sent. */
public sealed interface Signature extends Auth {
    /**
     * As many an API has a scheme of its own.
     *
     * @param sign what is signed, with {@linkplain #PLACES places} in braces
     * @param value of the header, likewise, and with {@code {signature}}
     * @param timestampHeader null: the time is in no header of its own
     */
    @Serdeable
    @Doc("A signature by a key (HMAC, RFC 2104) over a text that is made of each request.")
    record Hmac(
            @References(References.Allowed.SECRET_REQUIRED) @Doc("The key, a secret reference.")
            String secret,

            @Default("text") @Doc("How the secret writes the key: as it is, or in hex or Base64.")
            KeyForm secretForm,

            @Default("sha256") @Doc("Hash function of the signature.")
            Algorithm algorithm,

            @References(References.Allowed.SECRETS)
            @Doc("What is signed, such as \"{timestamp}{method}{pathAndQuery}{body}\".")
            String sign,

            @Doc("Name of the header with the signature.") String header,

            @References(References.Allowed.SECRETS)
            @Default("'{signature}'")
            @Doc("Value of that header, with {signature} in it.")
            String value,

            @Default("hex") @Doc("How the signature is written.")
            Form form,

            @Default("seconds")
            @Doc("What {timestamp} is: seconds or milliseconds since 1970, or a text such as 2026-01-31T12:00:00Z.")
            Time timestamp,

            @Doc("Name of a header that carries the timestamp; by default none does.") @Nullable
            String timestampHeader)
            implements Signature, FileRules {
        /** What {@code {…}} stands for in the texts. */
        public static final Set<String> PLACES =
                Set.of("method", "url", "path", "query", "pathAndQuery", "timestamp", "body", "bodyHash");

        private static final String SIGNATURE = "signature";
        private static final Pattern PLACE = Pattern.compile("\\{([A-Za-z]+)\\}");

        public Hmac {
            Checks checks = new Checks();
            Headers.checkName(checks, "header", header);
            if (timestampHeader != null) {
                Headers.checkName(checks, "timestampHeader", timestampHeader);
            }
            checks.done();
        }

        @Override
        public void check(Checks checks) {
            Set<String> signed = places(sign);
            checkPlaces(checks, "sign", signed, PLACES);
            checks.that(
                    !signed.isEmpty(),
                    "sign",
                    "a text that is the same for each request",
                    "something of the request in it, such as {pathAndQuery}");
            Set<String> all = new TreeSet<>(PLACES);
            all.add(SIGNATURE);
            Set<String> sent = places(value);
            checkPlaces(checks, "value", sent, all);
            checks.that(sent.contains(SIGNATURE), "value", "a text without it", "{signature} in it");
        }

        private static Set<String> places(String text) {
            Set<String> places = new TreeSet<>();
            PLACE.matcher(text).results().map(found -> found.group(1)).forEach(places::add);
            return places;
        }

        private static void checkPlaces(Checks checks, String key, Set<String> found, Set<String> known) {
            for (String place : found) {
                checks.that(
                        known.contains(place),
                        key,
                        "{" + place + "}",
                        "{" + String.join("}, {", new TreeSet<>(known)) + "}");
            }
        }

        /** {@code text} with what stands for each place in braces; once, so that no value is taken for a place. */
        public static String filled(String text, UnaryOperator<String> values) {
            return PLACE.matcher(text).replaceAll(place -> Matcher.quoteReplacement(values.apply(place.group(1))));
        }

        /** How a secret writes a key. */
        public enum KeyForm {
            TEXT,
            HEX,
            BASE64
        }

        /** Hash functions of HMAC. */
        public enum Algorithm {
            SHA1,
            SHA256,
            SHA512
        }

        /** How a header writes a signature. */
        public enum Form {
            HEX,
            BASE64
        }

        /** How a moment is written. */
        public enum Time {
            SECONDS,
            MILLIS,
            ISO
        }
    }

    /**
     * Signature version 4 of Amazon Web Services.
     *
     * @param sessionToken of temporary credentials; null: they are lasting ones
     */
    @Serdeable
    @Doc("The signature of Amazon Web Services, version 4.")
    record AwsV4(
            @References(References.Allowed.SECRETS) @Doc("Id of the access key.")
            String accessKeyId,

            @References(References.Allowed.SECRET_REQUIRED) @Doc("Secret access key, a secret reference.")
            String secretAccessKey,

            @References(References.Allowed.SECRET_REQUIRED)
            @Doc("Session token of temporary credentials, a secret reference; by default there is none.")
            @Nullable
            String sessionToken,

            @Doc("Region of the service, such as eu-west-1.")
            String region,

            @Doc("Name of the service as it is signed, such as execute-api.")
            String service)
            implements Signature, FileRules {
        private static final String NAME = "[a-z0-9-]+";

        @Override
        public void check(Checks checks) {
            checks.that(region.matches(NAME), "region", region, "a region such as eu-west-1");
            checks.that(service.matches(NAME), "service", service, "a service such as execute-api");
        }
    }

    /**
     * RFC 5849, with a token that was granted once.
     *
     * @param token null exactly when its secret is: the client alone signs
     * @param realm null: none is said
     */
    @Serdeable
    @Doc("OAuth 1.0 (RFC 5849): a signature by the keys of client and token.")
    record OAuth1(
            @References(References.Allowed.SECRETS) @Doc("Key of the client.")
            String consumerKey,

            @References(References.Allowed.SECRET_REQUIRED) @Doc("Secret of the client, a secret reference.")
            String consumerSecret,

            @References(References.Allowed.SECRETS) @Doc("The token that a user granted; by default none.") @Nullable
            String token,

            @References(References.Allowed.SECRET_REQUIRED) @Doc("Secret of the token, a secret reference.") @Nullable
            String tokenSecret,

            @Default("hmac-sha1") @Doc("How requests are signed.")
            Method method,

            @References(References.Allowed.SECRETS) @Doc("Realm to name, where the API wants one.") @Nullable
            String realm)
            implements Signature, FileRules {
        @Override
        public void check(Checks checks) {
            checks.that(
                    (token == null) == (tokenSecret == null),
                    token == null ? "token" : "tokenSecret",
                    "nothing",
                    "token and tokenSecret together, or neither");
            checks.that(
                    realm == null || SecretReference.isIn(realm) || realm.matches("[ -~&&[^\"\\\\]]+"),
                    "realm",
                    "a text with quotes, backslashes or others than ASCII",
                    "a text without");
        }

        /** RFC 5849, section 3.4.2, and what APIs have added since. */
        public enum Method {
            HMAC_SHA1,
            HMAC_SHA256
        }
    }
}
