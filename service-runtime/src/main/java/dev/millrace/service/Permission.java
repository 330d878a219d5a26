package dev.millrace.service;

import dev.millrace.task.Claim;
import dev.millrace.task.Step;
import dev.millrace.task.Task;

/**
 * What a {@linkplain ServiceTokens service token} is good for.
 *
 * @param audience name of the one service that accepts it
 * @param subject what the call is about, such as one attempt at a task
 */
public record Permission(String audience, String subject) {
    /** Name of the attribute with which a request carries it to where it becomes a token. */
    public static final String ATTRIBUTE = "dev.millrace.service.permission";

    private static final String GATEWAY = "api-gateway";

    /** To claim slices of a step of a run. */
    static Permission toClaim(String run, Step step) {
        return new Permission(GATEWAY, Claim.subject(run, step));
    }

    /** To tell the gateway about an attempt. */
    static Permission toReport(Task task) {
        return new Permission(GATEWAY, task.subject());
    }
}
