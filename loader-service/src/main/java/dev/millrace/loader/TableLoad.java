package dev.millrace.loader;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.staging.Part;
import io.micronaut.core.annotation.Nullable;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A load of staged rows into a table.
 *
 * @param load id of the load
 * @param generation from 1
 * @param attempt at this generation, from 1; no two of them run with the same number, unless one is repeated
 * @param run for the ledger's reader
 * @param parts Parquet, in order, with exactly the columns of the schema
 * @param window the only rows that a replace replaces; null: all
 * @param cursor where the next incremental run starts; null when the endpoint has no cursor
 * @param credentials name of the Google credentials to write with; null: those of the service
 */
public record TableLoad(
        String load,
        int generation,
        int attempt,
        String run,
        Destination.Table destination,
        List<Column> schema,
        List<Part> parts,
        @Nullable Window window,
        @Nullable String cursor,
        @Nullable String credentials) {
    private static final Set<Column.Type> WITH_DAY =
            Set.of(Column.Type.DATE, Column.Type.DATETIME, Column.Type.TIMESTAMP);

    public TableLoad {
        schema = List.copyOf(schema);
        parts = List.copyOf(parts);
        for (String key : destination.keys()) {
            column(schema, key, "keys");
        }
        if (window != null) {
            Column column = column(schema, window.column(), "window");
            if (!WITH_DAY.contains(column.type())) {
                throw new IllegalArgumentException("window: '" + column.name() + "' is " + column.type()
                        + " (expected: a column of DATE, DATETIME or TIMESTAMP)");
            }
        }
    }

    /** Rows that the manifest promises. */
    public long rows() {
        return parts.stream().mapToLong(Part::rows).sum();
    }

    /**
     * Whether a table that has rows keeps them, and the load fails.
     *
     * @param rows that came
     */
    public boolean refusesToEmpty(long rows) {
        return rows == 0 && destination.write() == Write.REPLACE && destination.empty() == Destination.Empty.FAIL;
    }

    private static Column column(List<Column> schema, String name, String field) {
        return schema.stream()
                .filter(column -> column.name().toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(field + ": '" + name + "' (expected: a column of the schema)"));
    }

    /**
     * The rows of one day.
     *
     * @param column of DATE, DATETIME or TIMESTAMP
     * @param day in UTC
     */
    public record Window(String column, LocalDate day) {}
}
