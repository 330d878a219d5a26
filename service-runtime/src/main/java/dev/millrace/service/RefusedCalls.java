package dev.millrace.service;

import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log of calls whose token was missing, wrong, expired or meant for something else. */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
@Order(Ordered.HIGHEST_PRECEDENCE) // outside of the filter that refuses
final class RefusedCalls {
    private static final Logger LOG = LoggerFactory.getLogger(RefusedCalls.class);

    @ResponseFilter
    void log(HttpRequest<?> request, HttpResponse<?> response) {
        if (response.code() == 401 || response.code() == 403) {
            LOG.warn("{} {} was refused with {}", request.getMethod(), request.getPath(), response.code());
        }
    }
}
