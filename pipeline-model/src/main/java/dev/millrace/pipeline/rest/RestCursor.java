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
import java.time.Duration;
import java.time.ZoneId;

/**
 * The value by which a run asks only for what is new: what {@link CursorReference}s of the request stand for.
 *
 * @param path to it in a record
 * @param initial what the first run asks with; null: query parameters with a reference are left out
 * @param settle records whose time is not yet so long ago by the API's clock are left to a later run; null: none are
 * @param timezone of values that have none, for {@code settle}
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

        @Doc("Leaves records of the last while to a later run, for example 5m: longer than the API takes to show one.")
        @Nullable
        Duration settle,

        @Doc("How far behind the last run's end to begin again: 10m, or 1000 where the value is a number.") @Nullable
        String overlap,

        @Default("UTC") @Doc("Time zone of the values where they have none; for settle.")
        ZoneId timezone,

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
        checks.that(settle == null || settle.isPositive(), "settle", String.valueOf(settle), "more than nothing");
        checks.that(
                settle == null || take == Take.MAX,
                "settle",
                String.valueOf(settle),
                "nothing beside take: last, whose values are in no order");
        if (overlap != null) {
            Overlap.check(checks, "overlap", overlap);
        }
        checks.done();
    }
}
