package dev.millrace.gateway.access;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.AnnotationMetadata;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.rules.SecuredAnnotationRule;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.security.rules.SecurityRuleResult;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.RouteMatch;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Holds callers to what routes {@linkplain Needs need}. A refusal says which role or what of the scope is missing. A token
 * that nobody has recognised is refused, also where none would have been needed.
 */
@Singleton
final class RouteAccess implements SecurityRule<HttpRequest<?>> {
    private final RateLimit limit;
    private final SubjectRepository subjects;
    private final Scheduler threads;

    RouteAccess(RateLimit limit, SubjectRepository subjects, @Named(TaskExecutors.BLOCKING) ExecutorService threads) {
        this.limit = limit;
        this.subjects = subjects;
        this.threads = Schedulers.fromExecutor(threads);
    }

    @Override
    public int getOrder() {
        return SecuredAnnotationRule.ORDER - 1;
    }

    @Override
    public Publisher<SecurityRuleResult> check(HttpRequest<?> request, @Nullable Authentication authentication) {
        try {
            limit.take(request, authentication);
        } catch (MillraceException e) {
            return Publishers.just(e);
        }
        if (authentication == null && request.getHeaders().contains(HttpHeaders.AUTHORIZATION)) {
            return Publishers.just(new MillraceException(
                    ErrorCode.UNAUTHORIZED, "the token is not known here, has expired, or is not good for this call"));
        }
        RouteMatch<?> match = RouteAttributes.getRouteMatch(request).orElse(null);
        if (match == null) {
            return Publishers.just(SecurityRuleResult.UNKNOWN);
        }
        AnnotationMetadata route = match.getAnnotationMetadata();
        Role needed = route.enumValue(Needs.class, Role.class).orElse(null);
        if (needed == null) {
            return Publishers.just(SecurityRuleResult.UNKNOWN);
        }
        if (authentication == null) {
            return UserFetcher.session(request) == null
                    ? Publishers.just(SecurityRuleResult.REJECTED)
                    : Publishers.just(
                            new MillraceException(ErrorCode.UNAUTHORIZED, "the session has ended (expected: a login)"));
        }
        if (Arrays.stream(route.stringValues(Needs.class, "alsoFor")).anyMatch(authentication.getRoles()::contains)) {
            return Publishers.just(SecurityRuleResult.ALLOWED);
        }
        Caller caller = Caller.of(authentication);
        if (caller == null || !caller.role().includes(needed)) {
            return refused("the role " + needed.word() + " is missing: " + authentication.getName() + " has "
                    + (caller == null ? "none" : "the role " + caller.role().word()));
        }
        if (caller.kind() == Caller.Kind.SESSION && !isSafe(request) && !comesFromOurPage(request)) {
            return refused("the call changes something and has a session's cookie, but not its CSRF token (expected: "
                    + "X-CSRF-Token, or csrf in the query)");
        }
        if (caller.kind() == Caller.Kind.PASSWORD && !isSafe(request) && comesFromAnotherSite(request)) {
            return refused("the call changes something, and comes from a page of another site (Origin)");
        }
        if (caller.scope().isEverything()) {
            return Publishers.just(SecurityRuleResult.ALLOWED);
        }
        Needs.Subject about =
                route.enumValue(Needs.class, "about", Needs.Subject.class).orElse(Needs.Subject.EVERYTHING);
        return withinScope(caller, about, match);
    }

    private static boolean isSafe(HttpRequest<?> request) {
        return request.getMethod() == HttpMethod.GET || request.getMethod() == HttpMethod.HEAD;
    }

    /**
     * A browser sends the cookie with whatever another site makes it send, but that doesn't know the token. Forms, which
     * can't set a header, have it in the address that they are sent to.
     */
    private static boolean comesFromOurPage(HttpRequest<?> request) {
        String secret = UserFetcher.session(request);
        return secret != null
                && Users.isCsrfToken(
                        request.getHeaders()
                                .findFirst("X-CSRF-Token")
                                .or(() -> request.getParameters().getFirst("csrf"))
                                .orElse(""),
                        secret);
    }

    /** A browser that knows a user's name and password sends them as it sends a cookie. Who calls without a page has no Origin. */
    private static boolean comesFromAnotherSite(HttpRequest<?> request) {
        String origin = request.getHeaders().get(HttpHeaders.ORIGIN);
        String host = request.getHeaders().get(HttpHeaders.HOST);
        return origin != null && (host == null || !origin.endsWith("//" + host));
    }

    private Publisher<SecurityRuleResult> withinScope(Caller caller, Needs.Subject about, RouteMatch<?> match) {
        String id = variable(match, "id");
        return switch (about) {
            case NOTHING, LIST -> Publishers.just(SecurityRuleResult.ALLOWED);
            case EVERYTHING ->
                refused(caller.name() + " is good for " + caller.scope() + ", and this call is about everything");
            case PIPELINE -> pipeline(caller, variable(match, "pipeline"));
            case TABLE -> {
                String table = variable(match, "table");
                yield caller.scope().hasTable(table)
                        ? Publishers.just(SecurityRuleResult.ALLOWED)
                        : refused(caller.name() + " is good for " + caller.scope() + ", not for table " + table);
            }
            case RUN -> Mono.defer(() -> owned(caller, subjects.ofRun(id))).subscribeOn(threads);
            case BATCH -> Mono.defer(() -> owned(caller, subjects.ofBatch(id))).subscribeOn(threads);
            case BACKFILL ->
                Mono.defer(() -> owned(caller, subjects.ofBackfill(id))).subscribeOn(threads);
        };
    }

    private static String variable(RouteMatch<?> match, String name) {
        return String.valueOf(match.getVariableValues().get(name));
    }

    /** @param pipeline empty where there is no such thing, which is for the route to say */
    private static Mono<SecurityRuleResult> owned(Caller caller, Optional<String> pipeline) {
        return pipeline.map(name -> Mono.from(pipeline(caller, name)))
                .orElseGet(() -> Mono.just(SecurityRuleResult.ALLOWED));
    }

    private static Publisher<SecurityRuleResult> pipeline(Caller caller, String pipeline) {
        try {
            caller.require(pipeline);
            return Publishers.just(SecurityRuleResult.ALLOWED);
        } catch (MillraceException e) {
            return Publishers.just(e);
        }
    }

    private static Publisher<SecurityRuleResult> refused(String why) {
        return Publishers.just(new MillraceException(ErrorCode.FORBIDDEN, why));
    }
}
