package dev.millrace.extractor.rest;

import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.rest.Signature;
import io.micronaut.core.annotation.Nullable;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** Signatures of OAuth 1.0 (RFC 5849). Covers method, URL and query; a body that is no form is none of its business. */
record OAuth1Signature(Signature.OAuth1 auth, RunSecrets secrets, Clock clock) implements Authentication.Fixed {
    @Override
    public void put(HttpRequest.Builder request, URI url) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("oauth_consumer_key", secrets.resolve(auth.consumerKey()));
        if (auth.token() != null) {
            parameters.put("oauth_token", secrets.resolve(auth.token()));
        }
        String mac = switch (auth.method()) {
            case HMAC_SHA1 -> "HmacSHA1";
            case HMAC_SHA256 -> "HmacSHA256";
        };
        parameters.put("oauth_signature_method", auth.method().name().replace('_', '-'));
        parameters.put("oauth_timestamp", String.valueOf(clock.instant().getEpochSecond()));
        parameters.put("oauth_nonce", UUID.randomUUID().toString().replace("-", ""));
        parameters.put("oauth_version", "1.0");
        String tokenSecret = auth.tokenSecret() == null ? null : secrets.resolve(auth.tokenSecret());
        String signature = signature(
                Signable.of(request, url), parameters, mac, secrets.resolve(auth.consumerSecret()), tokenSecret);
        parameters.put("oauth_signature", signature);
        String realm = auth.realm() == null ? "" : "realm=\"" + secrets.resolve(auth.realm()) + "\", ";
        Authentication.set(
                request,
                "Authorization",
                "OAuth " + realm
                        + parameters.entrySet().stream()
                                .map(one -> one.getKey() + "=\"" + Signable.percentEncoded(one.getValue()) + "\"")
                                .collect(Collectors.joining(", ")));
    }

    /**
     * Section 3.4, in Base64.
     *
     * @param parameters of the protocol, without realm and signature
     * @param tokenSecret null: there is no token
     */
    static String signature(
            Signable request,
            Map<String, String> parameters,
            String mac,
            String clientSecret,
            @Nullable String tokenSecret) {
        List<String> all = new ArrayList<>();
        parameters.forEach(
                (name, value) -> all.add(Signable.percentEncoded(name) + "=" + Signable.percentEncoded(value)));
        for (String parameter :
                request.query().isEmpty() ? new String[0] : request.query().split("&", -1)) {
            String[] pair = parameter.split("=", 2);
            all.add(Signable.percentEncoded(decoded(pair[0])) + "="
                    + (pair.length == 1 ? "" : Signable.percentEncoded(decoded(pair[1]))));
        }
        // by name, then by value; no character of a name sorts before the sign between them but those that are encoded
        all.sort((one, other) -> {
            String[] left = one.split("=", 2);
            String[] right = other.split("=", 2);
            int byName = left[0].compareTo(right[0]);
            return byName == 0 ? left[1].compareTo(right[1]) : byName;
        });
        String base = String.join(
                "&",
                request.method(),
                Signable.percentEncoded(baseUrl(request)),
                Signable.percentEncoded(String.join("&", all)));
        String key = Signable.percentEncoded(clientSecret) + "&"
                + (tokenSecret == null ? "" : Signable.percentEncoded(tokenSecret));
        return Base64.getEncoder().encodeToString(Signable.hmac(mac, key.getBytes(StandardCharsets.UTF_8), base));
    }

    /** Section 3.4.1.2: without the port that the scheme has by default. */
    private static String baseUrl(Signable request) {
        URI url = request.url();
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        boolean usual = url.getPort() < 0 || url.getPort() == (scheme.equals("https") ? 443 : 80);
        return scheme + "://" + url.getHost().toLowerCase(Locale.ROOT) + (usual ? "" : ":" + url.getPort())
                + request.path();
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text; // a percent sign of its own
        }
    }
}
