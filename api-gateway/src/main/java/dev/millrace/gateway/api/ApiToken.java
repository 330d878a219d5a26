package dev.millrace.gateway.api;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.mask.Masks;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.http.HttpRequest;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.filters.AuthenticationFetcher;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.reactivestreams.Publisher;

/** The bearer token that callers of the public API must show. */
@Singleton
final class ApiToken implements AuthenticationFetcher<HttpRequest<?>> {
    /** Role of those who may use the public API. */
    static final String CALLER = "CALLER";

    private static final String SCHEME = "Bearer ";

    private final byte[] token;

    ApiToken(GatewayConfig config) {
        this.token = config.apiToken().getBytes(StandardCharsets.UTF_8);
        Masks.ofProcess().remember(config.apiToken());
    }

    @Override
    public Publisher<Authentication> fetchAuthentication(HttpRequest<?> request) {
        String header = request.getHeaders().getAuthorization().orElse("");
        byte[] shown = header.startsWith(SCHEME)
                ? header.substring(SCHEME.length()).getBytes(StandardCharsets.UTF_8)
                : new byte[0];
        return MessageDigest.isEqual(shown, token)
                ? Publishers.just(Authentication.build("api", List.of(CALLER)))
                : Publishers.empty();
    }
}
