package dev.millrace.gateway;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.function.UnaryOperator;

/** Stands in for Google: signs tokens with a key of its own, and publishes that key's public half. */
final class GoogleKeys implements AutoCloseable {
    /** Made once, which takes as long as many a test. */
    private static final class Keys {
        static final RSAKey GOOGLE = generate();
        static final RSAKey FORGER = generate();
    }

    private final HttpServer server;

    GoogleKeys() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] keys = new JWKSet(Keys.GOOGLE.toPublicJWK()).toString().getBytes(StandardCharsets.UTF_8);
        server.createContext("/certs", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, keys.length);
            exchange.getResponseBody().write(keys);
            exchange.close();
        });
        server.start();
    }

    private static RSAKey generate() {
        try {
            return new RSAKeyGenerator(2048).keyID("of-this-test").generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    URI certificates() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/certs");
    }

    /** As Pub/Sub sends it, https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions#jwt_format */
    String token(String audience, String email, UnaryOperator<JWTClaimsSet.Builder> changes) {
        return signed(Keys.GOOGLE, audience, email, changes);
    }

    /** Signed by somebody who says to have Google's key. */
    String forged(String audience, String email) {
        return signed(Keys.FORGER, audience, email, UnaryOperator.identity());
    }

    private static String signed(
            RSAKey key, String audience, String email, UnaryOperator<JWTClaimsSet.Builder> changes) {
        Instant now = Instant.now();
        JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder()
                .issuer("https://accounts.google.com")
                .audience(audience)
                .subject("113774264463038321964")
                .claim("azp", "113774264463038321964")
                .claim("email", email)
                .claim("email_verified", true)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(3600)));
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(),
                changes.apply(claims).build());
        try {
            token.sign(new RSASSASigner(key));
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        return token.serialize();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
