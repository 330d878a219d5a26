package dev.millrace.gateway.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.jwt.proc.JWTProcessor;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Credentials;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.http.HttpRequest;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.filters.AuthenticationFetcher;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Recognises callers by the tokens of a provider of identities (OpenID Connect Core, section 3.1.3.7; RFC 9068): signature by
 * its published keys, issuer, audience and time have to be right. A claim says the role; who has none is known, but may do
 * nothing. Their names begin with {@code oidc:}, so that nobody there can call themselves as somebody here.
 */
@Singleton
final class OidcTokens implements AuthenticationFetcher<HttpRequest<?>> {
    private static final Logger LOG = LoggerFactory.getLogger(OidcTokens.class);
    private static final Set<JWSAlgorithm> ALGORITHMS =
            Set.of(JWSAlgorithm.RS256, JWSAlgorithm.PS256, JWSAlgorithm.ES256);
    private static final int MILLISECONDS = 3_000;
    private static final int MOST_BYTES = 200_000;
    private static final long OUTAGE_MILLISECONDS = Duration.ofHours(4).toMillis();

    private final OidcConfig config;
    private final Clock clock;
    private final Scheduler threads;
    private @Nullable JWTProcessor<SecurityContext> processor;

    OidcTokens(OidcConfig config, Clock clock, @Named(TaskExecutors.BLOCKING) ExecutorService threads) {
        this.config = config;
        this.clock = clock;
        this.threads = Schedulers.fromExecutor(threads);
    }

    @Override
    public Publisher<Authentication> fetchAuthentication(HttpRequest<?> request) {
        URI issuer = config.issuer();
        String token = Credentials.bearer(request);
        if (issuer == null || !isFrom(issuer, token)) {
            return Publishers.empty();
        }
        // keys may have to be fetched, and the thread that asks is one that serves all connections
        return Mono.fromCallable(() -> caller(issuer, token)).subscribeOn(threads);
    }

    /** As the token says of itself, which is to be verified yet. */
    private static boolean isFrom(URI issuer, String token) {
        try {
            return issuer.toString()
                    .equals(SignedJWT.parse(token).getJWTClaimsSet().getIssuer());
        } catch (ParseException e) {
            return false;
        }
    }

    /** Null when the token is none for us. */
    private @Nullable Authentication caller(URI issuer, String token) {
        try {
            JWTClaimsSet claims = processor(issuer).process(token, null);
            String name = "oidc:" + claims.getClaim(config.nameClaim());
            Role role = role(claims);
            return role == null
                    ? Authentication.build(name, List.of())
                    : new Caller(name, Caller.Kind.OIDC, role, Scope.EVERYTHING).authentication();
        } catch (RateLimitReachedException e) { // a key that the provider was asked for a moment ago, and doesn't have
            LOG.info("a token of {} was refused: its key is none of the provider's", issuer);
            return null;
        } catch (KeySourceException | IOException e) {
            throw new MillraceException(
                    ErrorCode.SERVICE_UNAVAILABLE, "the keys of " + issuer + " can't be fetched: " + e.getMessage(), e);
        } catch (ParseException | BadJOSEException | JOSEException e) {
            LOG.info("a token of {} was refused: {}", issuer, e.getMessage());
            return null;
        }
    }

    private @Nullable Role role(JWTClaimsSet claims) {
        Object claim = claims.toJSONObject();
        for (String key : config.roleClaim().split("\\.", -1)) {
            claim = claim instanceof Map<?, ?> object ? object.get(key) : null;
        }
        Collection<?> values = claim instanceof Collection<?> list ? list : claim == null ? List.of() : List.of(claim);
        return values.stream().anyMatch(config.admins()::contains)
                ? Role.ADMIN
                : values.stream().anyMatch(config.operators()::contains)
                        ? Role.OPERATOR
                        : values.stream().anyMatch(config.viewers()::contains) ? Role.VIEWER : null;
    }

    /** Made when the first token comes, so that a gateway starts without its provider. */
    private synchronized JWTProcessor<SecurityContext> processor(URI issuer) throws IOException, ParseException {
        if (processor == null) {
            URI configured = config.keys();
            processor = processor(issuer, (configured == null ? discovered(issuer) : configured).toURL());
        }
        return processor;
    }

    /** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
    private static URI discovered(URI issuer) throws IOException {
        URL document = URI.create(issuer.toString().replaceAll("/$", "") + "/.well-known/openid-configuration")
                .toURL();
        try {
            Map<String, Object> found =
                    JSONObjectUtils.parse(retriever().retrieveResource(document).getContent());
            if (!issuer.toString().equals(found.get("issuer"))) {
                throw new IOException(document + " is of the issuer " + found.get("issuer"));
            }
            URI keys = JSONObjectUtils.getURI(found, "jwks_uri");
            if (keys == null) {
                throw new IOException(document + " has no jwks_uri");
            }
            return keys;
        } catch (ParseException e) {
            throw new IOException(document + " can't be read: " + e.getMessage(), e);
        }
    }

    private static DefaultResourceRetriever retriever() {
        return new DefaultResourceRetriever(MILLISECONDS, MILLISECONDS, MOST_BYTES);
    }

    private JWTProcessor<SecurityContext> processor(URI issuer, URL url) {
        // keeps the keys, fetches them anew for one that it doesn't know, but never more often than it should
        JWKSource<SecurityContext> keys = JWKSourceBuilder.<SecurityContext>create(url, retriever())
                .retrying(true)
                .outageTolerant(OUTAGE_MILLISECONDS)
                .build();
        DefaultJWTProcessor<SecurityContext> made = new DefaultJWTProcessor<>();
        made.setJWSTypeVerifier(
                new DefaultJOSEObjectTypeVerifier<>(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
        made.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, keys));
        made.setJWTClaimsSetVerifier(
                new DefaultJWTClaimsVerifier<>(
                        config.audience(),
                        new JWTClaimsSet.Builder().issuer(issuer.toString()).build(),
                        Set.of("exp", config.nameClaim())) {
                    @Override
                    protected Date currentTime() {
                        return Date.from(clock.instant());
                    }
                });
        return made;
    }
}
