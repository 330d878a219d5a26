package dev.millrace.service;

import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.http.HttpRequest;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.filters.AuthenticationFetcher;
import jakarta.inject.Singleton;
import java.util.List;
import org.reactivestreams.Publisher;

/**
 * The recognition of other services' calls by their {@link ServiceTokens}; the authentication's name is the subject.
 */
@Singleton
final class ServiceTokenFetcher implements AuthenticationFetcher<HttpRequest<?>> {
    private final ServiceTokens tokens;

    ServiceTokenFetcher(ServiceTokens tokens) {
        this.tokens = tokens;
    }

    @Override
    public Publisher<Authentication> fetchAuthentication(HttpRequest<?> request) {
        return tokens.subject(Credentials.bearer(request))
                .map(subject -> Publishers.just(Authentication.build(subject, List.of(Roles.SERVICE))))
                .orElseGet(Publishers::empty);
    }
}
