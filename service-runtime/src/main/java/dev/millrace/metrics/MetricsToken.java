package dev.millrace.metrics;

import dev.millrace.mask.Masks;
import dev.millrace.service.Credentials;
import dev.millrace.service.Roles;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.http.HttpRequest;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.filters.AuthenticationFetcher;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.reactivestreams.Publisher;

/** The token that opens the metrics and nothing else. */
@Singleton
final class MetricsToken implements AuthenticationFetcher<HttpRequest<?>> {
    private static final String PATH = "/prometheus";

    private final byte[] token;

    MetricsToken(MetricsConfig config) {
        String configured = config.token();
        this.token = configured == null ? new byte[0] : configured.getBytes(StandardCharsets.UTF_8);
        if (configured != null) {
            Masks.ofProcess().remember(configured);
        }
    }

    @Override
    public Publisher<Authentication> fetchAuthentication(HttpRequest<?> request) {
        byte[] shown = Credentials.bearer(request).getBytes(StandardCharsets.UTF_8);
        boolean known = token.length > 0 && request.getPath().equals(PATH) && MessageDigest.isEqual(shown, token);
        return known ? Publishers.just(Authentication.build("metrics", List.of(Roles.METRICS))) : Publishers.empty();
    }
}
