package dev.millrace.task;

import io.micronaut.serde.annotation.Serdeable;

/**
 * The effect of a committed load on its table.
 *
 * @param rows of the manifest, all of them loaded
 * @param superseded of those, rows that a later row with the same key replaced at once
 * @param tableRows in the table after the commit
 */
@Serdeable
public record LoadResult(long rows, long superseded, long tableRows) {}
