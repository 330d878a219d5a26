package dev.millrace.gateway.audit;

import dev.millrace.gateway.access.RateLimit;
import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.scheduling.TaskExecutors;
import jakarta.inject.Named;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Notes calls before they are answered. What only looks at something isn't noted, unless it is refused. */
@ServerFilter({"/api/**", "/upload", "/backup", "/restore", "/console/**"})
@Order(Ordered.HIGHEST_PRECEDENCE) // outside of the filter that refuses
final class AuditFilter {
    private static final Set<HttpMethod> LOOKING = EnumSet.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private final Audit audit;
    private final Scheduler threads;

    AuditFilter(Audit audit, @Named(TaskExecutors.BLOCKING) ExecutorService threads) {
        this.audit = audit;
        this.threads = Schedulers.fromExecutor(threads);
    }

    @ResponseFilter
    Publisher<MutableHttpResponse<?>> note(HttpRequest<?> request, MutableHttpResponse<?> response) {
        boolean refused = response.code() == 401 || response.code() == 403 || response.code() == 429;
        if (RateLimit.isLimited(request)) { // which nobody could read all of, and which would fill the database
            return Mono.just(response);
        }
        if (!refused && LOOKING.contains(request.getMethod())) {
            return Mono.just(response);
        }
        return Mono.<MutableHttpResponse<?>>fromCallable(() -> {
                    audit.add(request, response.code());
                    return response;
                })
                .subscribeOn(threads);
    }
}
