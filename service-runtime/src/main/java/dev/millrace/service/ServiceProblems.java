package dev.millrace.service;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import io.micronaut.http.HttpResponse;

/** Reads what another service said of a call that it didn't do. */
public final class ServiceProblems {
    private ServiceProblems() {}

    /** @throws MillraceException with {@code SERVICE_UNAVAILABLE} when the answer has none, as from a proxy before it */
    public static Problem of(HttpResponse<?> answer) {
        return answer.getBody(Problem.class)
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.SERVICE_UNAVAILABLE,
                        "a service answered with " + answer.code() + " and something else than a problem"));
    }
}
