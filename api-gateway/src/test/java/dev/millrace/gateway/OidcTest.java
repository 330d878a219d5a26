package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tokens of a provider of identities, which runs here, and publishes its keys by HTTP. */
class OidcTest extends GatewayTests {
    private static final String AUDIENCE = "millrace";

    private HttpServer server;
    private ECKey key;
    private ECKey forgers;
    private String issuer;

    OidcTest() {
        super("school", SchoolTests.PIPELINE);
    }

    @BeforeAll
    void startIssuer() throws IOException, JOSEException {
        key = new ECKeyGenerator(Curve.P_256).keyID("1").generate();
        forgers = new ECKeyGenerator(Curve.P_256).keyID("1").generate();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer = "http://127.0.0.1:" + server.getAddress().getPort();
        answer(
                "/.well-known/openid-configuration",
                "{\"issuer\": \"" + issuer + "\", \"jwks_uri\": \"" + issuer + "/keys\"}");
        answer("/keys", new JWKSet(key.toPublicJWK()).toString());
        server.start();
    }

    private void answer(String path, String body) {
        server.createContext(path, exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    @AfterAll
    void stopIssuer() {
        server.stop(0);
    }

    private GatewayUnderTest trusting() {
        Map<String, Object> properties = new HashMap<>();
        properties.put("millrace.gateway.oidc.issuer", issuer);
        properties.put("millrace.gateway.oidc.audience", AUDIENCE);
        properties.put("millrace.gateway.oidc.role-claim", "access.groups");
        properties.put("millrace.gateway.oidc.viewers", "staff");
        properties.put("millrace.gateway.oidc.operators", "data-team,on-call");
        properties.put("millrace.gateway.oidc.admins", "platform");
        return gateway(properties);
    }

    private JWTClaimsSet claims(UnaryOperator<JWTClaimsSet.Builder> changes) {
        Instant now = Instant.now();
        return changes.apply(new JWTClaimsSet.Builder()
                        .issuer(issuer)
                        .audience(AUDIENCE)
                        .subject("anna")
                        .claim("access", Map.of("groups", List.of("staff", "on-call")))
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plusSeconds(600))))
                .build();
    }

    private String token(UnaryOperator<JWTClaimsSet.Builder> changes) throws JOSEException {
        return signed(key, claims(changes));
    }

    private static String signed(ECKey key, JWTClaimsSet claims) throws JOSEException {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(), claims);
        token.sign(new ECDSASigner(key));
        return token.serialize();
    }

    private static GatewayUnderTest.Answer call(GatewayUnderTest gateway, String token, String path) {
        return gateway.send(HttpRequest.newBuilder(gateway.url().resolve(path))
                .header("Authorization", "Bearer " + token)
                .GET());
    }

    @Test
    void aClaimSaysTheRoleAndTheHighestOfSeveralCounts() throws JOSEException {
        GatewayUnderTest gateway = trusting();

        GatewayUnderTest.Answer self = call(gateway, token(claims -> claims), "/api/v1/session");
        assertThat(self.text("name")).isEqualTo("oidc:anna");
        assertThat(self.text("by")).isEqualTo("oidc");
        assertThat(self.text("role")).isEqualTo("operator");
        assertThat(call(gateway, token(claims -> claims), "/api/v1/users").text("detail"))
                .isEqualTo("the role admin is missing: oidc:anna has the role operator");
        String admin = token(claims -> claims.claim("access", Map.of("groups", "platform")));
        assertThat(call(gateway, admin, "/api/v1/users").status()).isEqualTo(200);
        String nobody = token(claims -> claims.claim("access", Map.of("groups", List.of("visitors"))));
        assertThat(call(gateway, nobody, "/api/v1/runs").text("detail"))
                .isEqualTo("the role viewer is missing: oidc:anna has none");
        assertThat(call(gateway, token(claims -> claims.claim("access", "staff")), "/api/v1/runs")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void aTokenThatIsWrongInAnyWayIsRefused() throws JOSEException {
        GatewayUnderTest gateway = trusting();
        Date past = Date.from(Instant.now().minusSeconds(600));
        Date future = Date.from(Instant.now().plusSeconds(600));
        JWTClaimsSet right = claims(claims -> claims);
        SignedJWT symmetric = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), right);
        symmetric.sign(new MACSigner(key.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8)));
        String good = token(claims -> claims);

        Map.of(
                        "of another issuer", token(claims -> claims.issuer("https://accounts.example.com")),
                        "for somebody else", token(claims -> claims.audience("another")),
                        "for nobody", token(claims -> claims.audience(List.of())),
                        "expired", token(claims -> claims.expirationTime(past)),
                        "without an end", token(claims -> claims.expirationTime(null)),
                        "not yet valid", token(claims -> claims.notBeforeTime(future)),
                        "of nobody", token(claims -> claims.subject(null)),
                        "forged", signed(forgers, right),
                        "signed with the public key", symmetric.serialize(),
                        "not signed", new PlainJWT(right).serialize())
                .forEach((how, token) -> assertThat(
                                call(gateway, token, "/api/v1/runs").status())
                        .as(how)
                        .isEqualTo(401));
        assertThat(call(gateway, good.substring(0, good.length() - 8), "/api/v1/runs")
                        .status())
                .isEqualTo(401);
        assertThat(call(gateway, good, "/api/v1/runs").status()).isEqualTo(200);
    }

    @Test
    void whileTheKeysCannotBeFetchedTheAnswerSaysSo() throws JOSEException {
        GatewayUnderTest gateway = gateway(Map.of(
                "millrace.gateway.oidc.issuer",
                issuer,
                "millrace.gateway.oidc.audience",
                AUDIENCE,
                "millrace.gateway.oidc.keys",
                issuer + "/nothing",
                "millrace.gateway.oidc.viewers",
                "staff"));

        GatewayUnderTest.Answer answer = call(gateway, token(claims -> claims), "/api/v1/runs");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.text("detail")).startsWith("the keys of " + issuer + " can't be fetched");
        assertThat(gateway.get("/api/v1/runs").status()).isEqualTo(200);
    }
}
