package dev.millrace.gateway.access;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.mask.Masks;
import dev.millrace.service.Credentials;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.http.HttpRequest;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.filters.AuthenticationFetcher;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.reactivestreams.Publisher;

/** The token of the configuration, which opens everything: with it the first user or token is made. */
@Singleton
final class ConfiguredToken implements AuthenticationFetcher<HttpRequest<?>> {
    /** As the audit log and logins call whoever has it. */
    static final String NAME = "api-token";

    private static final Caller CALLER = caller(Caller.Kind.API_TOKEN);
    private static final int FINGERPRINT = 16;

    private final byte[] token;

    ConfiguredToken(GatewayConfig config) {
        this.token = config.apiToken().getBytes(StandardCharsets.UTF_8);
        Masks.ofProcess().remember(config.apiToken());
    }

    private static Caller caller(Caller.Kind kind) {
        return new Caller(NAME, kind, Role.ADMIN, Scope.EVERYTHING);
    }

    boolean is(String shown) {
        return MessageDigest.isEqual(shown.getBytes(StandardCharsets.UTF_8), token);
    }

    /** The account of sessions that were opened with it, which no user can have; with another token it is another one. */
    String account() {
        return NAME + " "
                + Secrets.hash(new String(token, StandardCharsets.UTF_8)).substring(0, FINGERPRINT);
    }

    /** Whoever has such a session. */
    Caller ofSession() {
        return caller(Caller.Kind.SESSION);
    }

    /** First, for it costs least. */
    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    public Publisher<Authentication> fetchAuthentication(HttpRequest<?> request) {
        return is(Credentials.bearer(request)) ? Publishers.just(CALLER.authentication()) : Publishers.empty();
    }
}
