package dev.millrace.gateway.access;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.mask.Masks;
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
    private static final String SCHEME = "Bearer ";
    private static final Caller CALLER = new Caller("api-token", Caller.Kind.API_TOKEN, Role.ADMIN, Scope.EVERYTHING);

    private final byte[] token;

    ConfiguredToken(GatewayConfig config) {
        this.token = config.apiToken().getBytes(StandardCharsets.UTF_8);
        Masks.ofProcess().remember(config.apiToken());
    }

    /** First, for it costs least. */
    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    public Publisher<Authentication> fetchAuthentication(HttpRequest<?> request) {
        String header = request.getHeaders().getAuthorization().orElse("");
        byte[] shown = header.startsWith(SCHEME)
                ? header.substring(SCHEME.length()).getBytes(StandardCharsets.UTF_8)
                : new byte[0];
        return MessageDigest.isEqual(shown, token) ? Publishers.just(CALLER.authentication()) : Publishers.empty();
    }
}
