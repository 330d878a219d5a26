package dev.millrace.extractor.rest;

import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.rest.Signature;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;

/** Signatures as the pipeline file describes them. */
record HmacSignature(Signature.Hmac auth, RunSecrets secrets, Clock clock) implements Authentication.Fixed {
    @Override
    public void put(HttpRequest.Builder request, URI url) {
        Signable signable = Signable.of(request, url);
        String timestamp = timestamp(clock.instant());
        String signed =
                Signature.Hmac.filled(secrets.resolve(auth.sign()), place -> of(signable, timestamp, place, ""));
        byte[] mac = Signable.hmac("Hmac" + auth.algorithm().name(), key(), signed);
        String signature = switch (auth.form()) {
            case HEX -> HexFormat.of().formatHex(mac);
            case BASE64 -> Base64.getEncoder().encodeToString(mac);
        };
        if (auth.timestampHeader() != null) {
            Authentication.set(request, auth.timestampHeader(), timestamp);
        }
        String value = Signature.Hmac.filled(
                secrets.resolve(auth.value()), place -> of(signable, timestamp, place, signature));
        Authentication.set(request, auth.header(), value);
    }

    private String timestamp(Instant now) {
        return switch (auth.timestamp()) {
            case SECONDS -> String.valueOf(now.getEpochSecond());
            case MILLIS -> String.valueOf(now.toEpochMilli());
            case ISO -> now.truncatedTo(ChronoUnit.SECONDS).toString();
        };
    }

    private byte[] key() {
        String text = secrets.resolve(auth.secret());
        try {
            return switch (auth.secretForm()) {
                case TEXT -> text.getBytes(StandardCharsets.UTF_8);
                case HEX -> HexFormat.of().parseHex(text.strip());
                case BASE64 -> Base64.getDecoder().decode(text.strip());
            };
        } catch (IllegalArgumentException e) {
            // its message quotes the text
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    "auth.secret is no "
                            + switch (auth.secretForm()) {
                                case TEXT -> "text";
                                case HEX -> "key in hex";
                                case BASE64 -> "key in Base64";
                            }
                            + ", as secretForm says");
        }
    }

    private String of(Signable request, String timestamp, String place, String signature) {
        return switch (place) {
            case "method" -> request.method();
            case "url" -> request.url().toString();
            case "path" -> request.path();
            case "query" -> request.query();
            case "pathAndQuery" -> request.path() + (request.query().isEmpty() ? "" : "?" + request.query());
            case "timestamp" -> timestamp;
            case "body" -> request.body();
            case "bodyHash" ->
                Signable.hexHash(
                        switch (auth.algorithm()) {
                            case SHA1 -> "SHA-1";
                            case SHA256 -> "SHA-256";
                            case SHA512 -> "SHA-512";
                        },
                        request.body());
            case "signature" -> signature;
            default ->
                throw new MillraceException(
                        ErrorCode.PIPELINE_INVALID, "auth has {" + place + "}, which this version doesn't know");
        };
    }
}
