package dev.millrace.pipeline;

import com.fasterxml.jackson.annotation.JsonAlias;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Duration;
import java.util.List;

/**
 * A table that is made of the records of an {@link Endpoint} beside its own, such as the lines of orders. Each key means
 * what it means for an endpoint.
 *
 * @param day null exactly when the endpoint has none
 * @param schema never empty in a pipeline file
 */
@Serdeable
@Doc("A further table that is made of the records of an endpoint.")
public record FurtherTable(
        @Doc("Where the rows go.") Destination.Table destination,

        @Doc("After how long without a successful run its data are stale, for example 26h.") @Nullable
        Duration staleAfter,

        @Doc("The column with the day, where the endpoint loads days.") @Nullable
        Day day,

        @Default("{}") @Doc("How many bad records a run may have.")
        Endpoint.Rejects rejects,

        @Doc(
                "What it means when no record of a run has a column; by default the run fails if the table has values there.")
        @Nullable
        Endpoint.Drift drift,

        @Doc("How the source writes values in texts, for all columns that don't say it themselves.") @Nullable
        TextRules texts,

        @Doc("Path to an array in the record of which each element makes a row, for example lines.") @Nullable
        String explode,

        @Doc("Finds columns in objects by the way to them.") @Nullable
        Flatten flatten,

        @Doc("Scalar SQL over the columns; rows for which it isn't true are left out, for example status <> 'test'.")
        @Nullable
        String filter,

        @Key("checks") @JsonAlias("checks") @Default("[]") @Doc("Conditions that every row has to meet.")
        List<RowCheck> rowChecks,

        @Default("[]") @Doc("The columns of the table.") List<Column> schema) {
    public FurtherTable {
        schema = List.copyOf(schema);
        rowChecks = List.copyOf(rowChecks);
    }

    /** @param column whose day tells which day a row belongs to, as for an {@link Endpoint.Day} */
    @Serdeable
    @Doc("Where a further table has the day that a run loads.")
    public record Day(
            @Doc("Column that holds the day: DATE, DATETIME or TIMESTAMP (its day in UTC).")
            String column) {}
}
