package dev.millrace.extractor.rest;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a signature may cover of a request that is ready to be sent.
 *
 * @param body a text, as all bodies are; empty: there is none
 */
record Signable(String method, URI url, String body) {
    /** @param url of the request, which another one may be made for */
    static Signable of(HttpRequest.Builder request, URI url) {
        HttpRequest built = request.copy().uri(url).build();
        byte[] body = built.bodyPublisher().map(SourceConnections::bytes).orElse(new byte[0]);
        return new Signable(built.method(), url, new String(body, StandardCharsets.UTF_8));
    }

    /** Of the URL, as it is sent; at least a slash. */
    String path() {
        String path = url.getRawPath();
        return path == null || path.isEmpty() ? "/" : path;
    }

    /** Of the URL, as it is sent; empty when there is none. */
    String query() {
        return url.getRawQuery() == null ? "" : url.getRawQuery();
    }

    /** As it is sent in the header. */
    String host() {
        return url.getPort() < 0 ? url.getHost() : url.getHost() + ":" + url.getPort();
    }

    /** @param algorithm such as {@code SHA-256} */
    static String hexHash(String algorithm, String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * RFC 2104.
     *
     * @param algorithm such as {@code HmacSHA256}
     */
    static byte[] hmac(String algorithm, byte[] key, String text) {
        if (key.length == 0) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    "a key of auth is empty, so that nothing can be signed (expected: a key)");
        }
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key, algorithm));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** RFC 3986: all but letters, digits and {@code -._~}. */
    static String percentEncoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }
}
