package dev.millrace.pipeline;

import io.micronaut.serde.annotation.Serdeable;
import java.util.HashSet;
import java.util.List;

/**
 * The table that an endpoint fills; it and its dataset are created when they are missing.
 *
 * @param table {@code dataset.table} or {@code project.dataset.table}
 * @param keys the columns that identify a row; exactly for {@link Write#MERGE}
 */
@Serdeable
@Doc("The table that an endpoint fills.")
public record Destination(
        @Doc("dataset.table or project.dataset.table.") String table,

        @Doc("What happens to the rows that are already there.")
        Write write,

        @Default("[]") @Doc("Columns that identify a row, for merge.")
        List<String> keys,

        @Default("fail") @Doc("Whether a run without records may empty a table that has rows.")
        Empty empty) {
    public Destination {
        Checks checks = new Checks();
        checks.that(
                table.matches("([a-z][a-z0-9-]{4,28}[a-z0-9]\\.)?[A-Za-z0-9_]{1,1024}\\.[A-Za-z0-9_]{1,1024}"),
                "table",
                table,
                "dataset.table or project.dataset.table, of letters, digits and _");
        keys = List.copyOf(keys);
        checks.that(write != Write.MERGE || !keys.isEmpty(), "keys", "none", "at least one column: merge needs keys");
        checks.that(write == Write.MERGE || keys.isEmpty(), "keys", keys, "nothing: only merge has keys");
        checks.that(new HashSet<>(keys).size() == keys.size(), "keys", keys, "each column once");
        checks.done();
    }

    /** What zero records do to a table that has rows and is to be replaced. */
    public enum Empty {
        FAIL,
        ALLOW
    }
}
