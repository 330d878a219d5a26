package dev.millrace.service;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;

/** Refuses ids, names and filters with the character U+0000: nothing has it, and PostgreSQL can't even look for it. */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class StorableAddresses {
    @RequestFilter
    void check(HttpRequest<?> request) {
        if (request.getUri().getRawSchemeSpecificPart().contains("%00")) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "the address has the character U+0000 (%00)");
        }
    }
}
