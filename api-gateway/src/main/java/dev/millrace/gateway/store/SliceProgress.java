package dev.millrace.gateway.store;

import io.micronaut.core.annotation.Introspected;

/**
 * What slices of a step are doing that are under way.
 *
 * @param running how many there are
 * @param records done so far in their attempts
 * @param bytes likewise
 */
@Introspected
public record SliceProgress(long running, long records, long bytes) {}
