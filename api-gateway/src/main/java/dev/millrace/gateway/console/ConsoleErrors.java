package dev.millrace.gateway.console;

import dev.millrace.problem.Problem;
import io.micronaut.core.annotation.Order;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;

/** Shows problems as pages, and leads whoever has not logged in to the login. */
@ServerFilter("/console/**")
@Order(ConsoleErrors.WITHIN_AUDIT)
final class ConsoleErrors {
    /** So that a page that is refused for want of a login isn't noted: every browser begins with one. */
    static final int WITHIN_AUDIT = -10_000;

    private final Templates templates;

    ConsoleErrors(Templates templates) {
        this.templates = templates;
    }

    /** @param problem what went wrong */
    record ErrorPage(Frame frame, Problem problem) {}

    @ResponseFilter
    MutableHttpResponse<?> show(HttpRequest<?> request, MutableHttpResponse<?> response) {
        Problem problem = response.getBody(Problem.class).orElse(null);
        if (problem == null) {
            return response;
        }
        if (response.code() == HttpStatus.UNAUTHORIZED.getCode() && request.getMethod() == HttpMethod.GET) {
            return Templates.seeOther(
                    "/console/login?to=" + Frame.part(request.getUri().toString()));
        }
        return templates.page(
                HttpStatus.valueOf(response.code()),
                "error",
                new ErrorPage(Frame.of(problem.title(), Frame.Section.OVERVIEW, request), problem));
    }
}
