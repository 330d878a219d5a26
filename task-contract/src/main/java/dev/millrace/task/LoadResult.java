package dev.millrace.task;

import dev.millrace.pipeline.Default;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * The effect of a committed load on its table.
 *
 * @param rows that were loaded: those of the manifest, but for the rejected ones
 * @param superseded of those, rows that another row with the same key replaced at once
 * @param tableRows in the table after the commit
 * @param outdated of the rows, those that the table has in a newer version, or has at all where it is only added to
 * @param tied rows that stayed because they came last among those of the same key and the same place in the order
 * @param deleted rows of the table that were removed, marked or closed because the source has deleted them
 * @param checks what was found of the table's checks, in their order
 * @param rejected rows that were left out because a check says so
 * @param rejects object name of the manifest with these; null: there are none
 */
@Serdeable
public record LoadResult(
        long rows,
        long superseded,
        long tableRows,
        @Default("0") long outdated,
        @Default("0") long tied,
        @Default("0") long deleted,
        @Default("[]") List<CheckResult> checks,
        @Default("0") long rejected,
        @Nullable String rejects) {
    @Creator // of several constructors, that which reads JSON
    public LoadResult {
        checks = List.copyOf(checks);
    }

    /** Of a load into a table without checks. */
    public LoadResult(long rows, long superseded, long tableRows, long outdated, long tied, long deleted) {
        this(rows, superseded, tableRows, outdated, tied, deleted, List.of());
    }

    /** Of a load that rejects no rows. */
    public LoadResult(
            long rows,
            long superseded,
            long tableRows,
            long outdated,
            long tied,
            long deleted,
            List<CheckResult> checks) {
        this(rows, superseded, tableRows, outdated, tied, deleted, checks, 0, null);
    }

    /** Of a load whose rows have no order, and that deletes none. */
    public LoadResult(long rows, long superseded, long tableRows) {
        this(rows, superseded, tableRows, 0, 0, 0);
    }
}
