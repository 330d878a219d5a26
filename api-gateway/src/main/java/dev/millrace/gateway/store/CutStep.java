package dev.millrace.gateway.store;

import dev.millrace.task.Step;
import io.micronaut.core.annotation.Introspected;

/**
 * A step whose slices pods are to claim, and of which not all are done.
 *
 * @param pods how many
 */
@Introspected
public record CutStep(String run, Step step, int generation, String pipeline, String endpoint, int pods) {}
