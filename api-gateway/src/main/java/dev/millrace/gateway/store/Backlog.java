package dev.millrace.gateway.store;

import dev.millrace.task.Step;
import io.micronaut.core.annotation.Introspected;

/** Tasks of a step that are in one state. */
@Introspected
public record Backlog(Step step, TaskState state, long tasks) {}
