package dev.millrace.gateway.api;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jwt.JWTClaimsSet;
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
import java.net.MalformedURLException;
import java.text.ParseException;
import java.time.Clock;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Recognises Pub/Sub by the token that Google signs for the service account of a push subscription
 * (https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions): signature, audience and time have to be
 * right. Whoever has such a token without being among the senders is known, but may do nothing.
 */
@Singleton
final class SenderToken implements AuthenticationFetcher<HttpRequest<?>> {
    /** Role of those who may send events. */
    static final String SENDER = "SENDER";

    private static final Logger LOG = LoggerFactory.getLogger(SenderToken.class);
    private static final String ISSUER = "https://accounts.google.com";
    private static final int MILLISECONDS = 3_000;
    private static final int MOST_BYTES = 100_000;

    private final List<String> senders;
    private final @Nullable JWTProcessor<SecurityContext> processor;
    private final ExecutorService threads;

    SenderToken(EventsConfig config, Clock clock, @Named(TaskExecutors.BLOCKING) ExecutorService threads) {
        this.senders = config.senders();
        this.processor = config.audience() == null ? null : processor(config, config.audience(), clock);
        this.threads = threads;
    }

    private static JWTProcessor<SecurityContext> processor(EventsConfig config, String audience, Clock clock) {
        JWKSource<SecurityContext> keys;
        try {
            // keeps the keys, fetches them anew for one that it doesn't know, but never more often than it should
            keys = JWKSourceBuilder.<SecurityContext>create(
                            config.certificates().toURL(),
                            new DefaultResourceRetriever(MILLISECONDS, MILLISECONDS, MOST_BYTES))
                    .retrying(true)
                    .build();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(
                    "millrace.gateway.events.certificates: " + config.certificates() + " (expected: a URL)", e);
        }
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.RS256, keys));
        processor.setJWTClaimsSetVerifier(
                new DefaultJWTClaimsVerifier<>(
                        audience,
                        new JWTClaimsSet.Builder()
                                .issuer(ISSUER)
                                .claim("email_verified", true)
                                .build(),
                        Set.of("exp", "email")) {
                    @Override
                    protected Date currentTime() {
                        return Date.from(clock.instant());
                    }
                });
        return processor;
    }

    /** After the token of the API, which costs less. */
    @Override
    public int getOrder() {
        return LOWEST_PRECEDENCE;
    }

    @Override
    public Publisher<Authentication> fetchAuthentication(HttpRequest<?> request) {
        String token = Credentials.bearer(request);
        JWTProcessor<SecurityContext> tokens = processor;
        if (tokens == null || !request.getPath().startsWith(EventController.PATH) || token.isEmpty()) {
            return Publishers.empty();
        }
        // keys may have to be fetched, and the thread that asks is one that serves all connections
        return Mono.fromCallable(() -> sender(tokens, token)).subscribeOn(Schedulers.fromExecutorService(threads));
    }

    /** Null when the token is none of Google's for us. */
    private @Nullable Authentication sender(JWTProcessor<SecurityContext> tokens, String token) {
        try {
            String email = String.valueOf(tokens.process(token, null).getClaim("email"));
            if (!senders.contains(email)) {
                LOG.warn("{} is not among millrace.gateway.events.senders", email);
            }
            return Authentication.build(email, senders.contains(email) ? List.of(SENDER) : List.of());
        } catch (KeySourceException e) {
            throw new MillraceException(
                    ErrorCode.SERVICE_UNAVAILABLE,
                    "the keys of Google's tokens can't be fetched: " + e.getMessage(),
                    e);
        } catch (ParseException | BadJOSEException | JOSEException e) {
            LOG.info("a token was refused: {}", e.getMessage());
            return null;
        }
    }
}
