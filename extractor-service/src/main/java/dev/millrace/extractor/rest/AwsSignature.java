package dev.millrace.extractor.rest;

import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.rest.Signature;
import io.micronaut.core.annotation.Nullable;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Signature version 4 of AWS: "AWS Signature Version 4 for API requests" of its IAM user guide. Covers method, path, query, host,
 * time and body.
 */
record AwsSignature(Signature.AwsV4 auth, RunSecrets secrets, Clock clock) implements Authentication.Fixed {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final String END = "aws4_request";
    private static final String MAC = "HmacSHA256";
    /** Which takes paths as they are, and wants the hash of the body in a header. */
    private static final String STORAGE = "s3";

    @Override
    public void put(HttpRequest.Builder request, URI url) {
        String token = auth.sessionToken() == null ? null : secrets.resolve(auth.sessionToken());
        headers(
                        Signable.of(request, url),
                        new Key(
                                secrets.resolve(auth.accessKeyId()),
                                secrets.resolve(auth.secretAccessKey()),
                                token,
                                auth.region(),
                                auth.service()),
                        clock.instant())
                .forEach((name, value) -> Authentication.set(request, name, value));
    }

    /** @param token null: none */
    record Key(String id, String secret, @Nullable String token, String region, String service) {}

    /** What the request has to carry. */
    static Map<String, String> headers(Signable request, Key key, Instant now) {
        String time = TIME.format(now);
        String day = time.substring(0, 8);
        String hash = Signable.hexHash("SHA-256", request.body());
        boolean storage = key.service().equals(STORAGE);
        Map<String, String> signed = new TreeMap<>();
        signed.put("x-amz-date", time);
        if (key.token() != null) {
            signed.put("x-amz-security-token", key.token());
        }
        if (storage) {
            signed.put("x-amz-content-sha256", hash);
        }
        Map<String, String> sent = new TreeMap<>(signed);
        signed.put("host", request.host());
        String names = String.join(";", signed.keySet());
        String canonical = String.join(
                "\n",
                request.method(),
                storage ? plainPath(request) : path(request),
                query(request.query()),
                signed.entrySet().stream()
                        .map(header -> header.getKey() + ":" + header.getValue().strip() + "\n")
                        .collect(Collectors.joining()),
                names,
                hash);
        String scope = String.join("/", day, key.region(), key.service(), END);
        String toSign = String.join("\n", ALGORITHM, time, scope, Signable.hexHash("SHA-256", canonical));
        byte[] signing = ("AWS4" + key.secret()).getBytes(StandardCharsets.UTF_8);
        for (String part : scope.split("/", -1)) {
            signing = Signable.hmac(MAC, signing, part);
        }
        sent.put(
                "Authorization",
                ALGORITHM + " Credential=" + key.id() + "/" + scope + ", SignedHeaders=" + names + ", Signature="
                        + HexFormat.of().formatHex(Signable.hmac(MAC, signing, toSign)));
        return sent;
    }

    /** Without what leads nowhere, and encoded once more than it is sent. */
    private static String path(Signable request) {
        String normal =
                URI.create(request.path().replaceAll("/{2,}", "/")).normalize().getRawPath();
        return Arrays.stream(normal.split("/", -1))
                .map(Signable::percentEncoded)
                .collect(Collectors.joining("/"));
    }

    private static String plainPath(Signable request) {
        return Arrays.stream(request.path().split("/", -1))
                .map(part -> Signable.percentEncoded(decoded(part)))
                .collect(Collectors.joining("/"));
    }

    private static String query(String query) {
        if (query.isEmpty()) {
            return "";
        }
        return Arrays.stream(query.split("&", -1))
                .map(parameter -> parameter.split("=", 2))
                .map(pair -> Signable.percentEncoded(decoded(pair[0])) + "="
                        + (pair.length == 1 ? "" : Signable.percentEncoded(decoded(pair[1]))))
                .sorted()
                .collect(Collectors.joining("&"));
    }

    /** A plus is itself here; a percent sign of its own, too. */
    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }
}
