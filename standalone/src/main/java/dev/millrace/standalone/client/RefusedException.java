package dev.millrace.standalone.client;

import dev.millrace.problem.Problem;

/** The gateway answered with a problem. */
public final class RefusedException extends RuntimeException {
    private final transient Problem problem;

    RefusedException(Problem problem) {
        super(problem.code() + ": " + problem.detail());
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
