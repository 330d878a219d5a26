package dev.millrace.standalone.client;

import dev.millrace.problem.Problem;

/** The gateway answered with a problem. */
public final class RefusedException extends RuntimeException {
    private final transient Problem problem;
    private final String json;

    RefusedException(Problem problem, String json) {
        super(problem.code() + ": " + problem.detail());
        this.problem = problem;
        this.json = json;
    }

    public Problem problem() {
        return problem;
    }

    /** The problem as it was sent. */
    public String json() {
        return json;
    }
}
