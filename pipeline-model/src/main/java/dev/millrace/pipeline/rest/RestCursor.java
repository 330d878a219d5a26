package dev.millrace.pipeline.rest;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.CursorReference;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.NullCursors;
import dev.millrace.pipeline.Overlap;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * The value by which a run asks only for what is new: what {@link CursorReference}s of the request stand for.
 *
 * @param path to it in a record
 * @param initial what the first run asks with; null: query parameters with a reference are left out
 * @param overlap how far behind the last run's value a run begins, see {@link Overlap}; null: at it
 */
@Serdeable
@Doc("Asks only for records that are new since the last run: ${cursor} in the request is where that one ended.")
public record RestCursor(
        @Doc("Path in a record to the value that grows, for example updated_at.")
        String path,

        @Doc("What ${cursor} is in the first run; by default query parameters that have it are left out then.")
        @Nullable
        String initial,

        @Default("max")
        @Doc("Whether the next run begins at the largest value, of numbers or times, or at the last one.")
        Take take,

        @Doc("How far behind the last run's end to begin again: 10m, or 1000 where the value is a number.") @Nullable
        String overlap,

        @Default("fail") @Doc("Whether records without the value fail the run, are loaded, or are left out.")
        NullCursors nulls) {
    /** Which value of a run's records the next run begins with. */
    public enum Take {
        MAX,
        LAST
    }

    public RestCursor {
        Checks checks = new Checks();
        JsonPath.check(checks, "path", path);
        if (initial != null) {
            checks.that(
                    CursorReference.isUsable(initial),
                    "initial",
                    initial,
                    "at most 1000 characters, none of them a control character");
        }
        if (overlap != null) {
            Overlap.check(checks, "overlap", overlap);
        }
        checks.done();
    }
}
