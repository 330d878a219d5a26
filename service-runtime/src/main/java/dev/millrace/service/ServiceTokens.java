package dev.millrace.service;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import dev.millrace.mask.Masks;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Clock;
import java.util.Date;
import java.util.Optional;
import java.util.Set;

/**
 * Short-lived signed tokens (JWT, HS256) with which the services call each other. A token is good for one receiver
 * and one subject, such as one attempt at a task. Safe for use by several threads.
 */
@Singleton
public class ServiceTokens {
    private static final String ISSUER = "millrace";

    private final ServiceConfig config;
    private final Clock clock;
    private final byte[] key;

    public ServiceTokens(ServiceConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
        this.key = config.key().getBytes(StandardCharsets.UTF_8);
        Masks.ofProcess().remember(config.key());
    }

    /**
     * @param audience name of the service that is to accept it
     * @param subject what it is good for
     */
    public String issue(String audience, String subject) {
        JWTClaimsSet claims = new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience(audience)
                .subject(subject)
                .expirationTime(Date.from(clock.instant().plus(config.tokenLifetime())))
                .build();
        SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
        try {
            token.sign(new MACSigner(key));
        } catch (JOSEException e) {
            throw new IllegalStateException("can't sign a service token", e);
        }
        return token.serialize();
    }

    /** The subject of a token that is signed with our key, meant for this service and not expired. */
    public Optional<String> subject(String token) {
        try {
            SignedJWT parsed = SignedJWT.parse(token);
            if (!JWSAlgorithm.HS256.equals(parsed.getHeader().getAlgorithm()) || !parsed.verify(new MACVerifier(key))) {
                return Optional.empty();
            }
            JWTClaimsSet claims = parsed.getJWTClaimsSet();
            new Claims().verify(claims, null);
            return Optional.of(claims.getSubject());
        } catch (ParseException | JOSEException | BadJWTException e) {
            return Optional.empty();
        }
    }

    private final class Claims extends DefaultJWTClaimsVerifier<com.nimbusds.jose.proc.SecurityContext> {
        Claims() {
            super(config.name(), new JWTClaimsSet.Builder().issuer(ISSUER).build(), Set.of("sub", "exp"));
            setMaxClockSkew(0);
        }

        @Override
        protected Date currentTime() {
            return Date.from(clock.instant());
        }
    }
}
