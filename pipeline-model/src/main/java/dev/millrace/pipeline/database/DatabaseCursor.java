package dev.millrace.pipeline.database;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.NullCursors;
import dev.millrace.pipeline.Overlap;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Duration;
import java.time.ZoneId;

/**
 * The column by which a run reads only what is new: rows from the last run's bound on, that bound included, up to the
 * largest value there is.
 *
 * @param column of the table or query; a number or a time
 * @param settle rows whose time is not yet so long ago by the server's clock are left to a later run; null: none are
 * @param overlap how far behind the last bound a run begins, see {@link Overlap}; null: at it
 * @param timezone of values that have none
 * @param unique whether no two rows have one value, so that the bound itself isn't read again; checked in each run
 */
@Serdeable
@Doc("Reads only rows that are new since the last run, by a column that grows.")
public record DatabaseCursor(
        @Doc("Column that grows with each new or changed row, for example updated_at.")
        String column,

        @Doc("Leaves rows of the last while to a later run, for example 5m: longer than any transaction takes.")
        @Nullable
        Duration settle,

        @Doc("How far behind the last run's end to begin again: 10m, or 1000 where the column is a number.") @Nullable
        String overlap,

        @Default("UTC") @Doc("Time zone of the column's values where they have none; for settle.")
        ZoneId timezone,

        @Default("fail") @Doc("Whether rows without a value in the column fail the run, are read by each, or by none.")
        NullCursors nulls,

        @Default("false") @Doc("Whether no two rows have the same value: then append is possible.")
        boolean unique)
        implements FileRules {
    public DatabaseCursor {
        Checks checks = new Checks();
        checks.that(!column.isBlank(), "column", column, "the name of a column");
        checks.that(settle == null || settle.isPositive(), "settle", String.valueOf(settle), "more than nothing");
        if (overlap != null) {
            Overlap.check(checks, "overlap", overlap);
        }
        checks.done();
    }

    @Override
    public void check(Checks checks) {
        checks.that(
                !unique || overlap == null,
                "overlap",
                String.valueOf(overlap),
                "nothing beside unique: true, which reads no row again");
        checks.that(
                !unique || nulls != NullCursors.INCLUDE,
                "nulls",
                "include",
                "fail or skip beside unique: true, which reads no row again");
    }
}
