package dev.millrace.gateway.store;

import dev.millrace.task.Step;
import io.micronaut.core.annotation.Introspected;

/**
 * Tasks of a step that are in one state.
 *
 * @param state name of a {@link TaskState}, which can't be read here as itself: rows of other queries have no converters
 */
@Introspected
public record Backlog(Step step, String state, long tasks) {}
