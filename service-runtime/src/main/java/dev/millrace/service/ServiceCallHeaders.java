package dev.millrace.service;

import io.micronaut.http.MutableHttpRequest;
import io.micronaut.http.annotation.ClientFilter;
import io.micronaut.http.annotation.RequestFilter;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import java.util.Objects;

/** Adds to a call of another service its token, and the span that it belongs to. */
@WithToken
@ClientFilter(ClientFilter.MATCH_ALL_PATTERN)
final class ServiceCallHeaders {
    private final ServiceTokens tokens;

    ServiceCallHeaders(ServiceTokens tokens) {
        this.tokens = tokens;
    }

    @RequestFilter
    void add(MutableHttpRequest<?> request) {
        Permission permission = request.getAttribute(Permission.ATTRIBUTE, Permission.class)
                .orElseThrow(() -> new IllegalStateException("a call of another service without a permission"));
        request.bearerAuth(tokens.issue(permission.audience(), permission.subject()));
        W3CTraceContextPropagator.getInstance()
                .inject(
                        Context.current(),
                        request,
                        (carrier, name, value) ->
                                Objects.requireNonNull(carrier).header(name, value));
    }
}
