package dev.millrace.gateway.access;

import dev.millrace.service.Credentials;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.http.HttpRequest;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.filters.AuthenticationFetcher;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.concurrent.ExecutorService;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Recognises machines by their {@link AccessTokens}. */
@Singleton
final class AccessTokenFetcher implements AuthenticationFetcher<HttpRequest<?>> {
    private final AccessTokens tokens;
    private final Scheduler threads;

    AccessTokenFetcher(AccessTokens tokens, @Named(TaskExecutors.BLOCKING) ExecutorService threads) {
        this.tokens = tokens;
        this.threads = Schedulers.fromExecutor(threads);
    }

    @Override
    public Publisher<Authentication> fetchAuthentication(HttpRequest<?> request) {
        String token = Credentials.bearer(request);
        if (!token.startsWith(AccessTokens.PREFIX)) {
            return Publishers.empty();
        }
        Caller known = tokens.known(token);
        return known != null
                ? Publishers.just(known.authentication())
                : Mono.fromCallable(() ->
                                tokens.find(token).map(Caller::authentication).orElse(null))
                        .subscribeOn(threads);
    }
}
