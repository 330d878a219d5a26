package dev.millrace.loader;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.Write;
import dev.millrace.staging.Part;
import dev.millrace.task.CheckHistory;
import io.micronaut.core.annotation.Nullable;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
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
 * @param cursor which it moves; null: the endpoint has none
 * @param credentials name of the Google credentials to write with; null: those of the service
 * @param missing columns that no record had, and in which the table must have no values; those within a RECORD as {@code
 *     record.field}
 * @param earlier what runs before have measured for the checks of the table
 * @param rejecting null: no row is rejected
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
        @Nullable CursorMove cursor,
        @Nullable String credentials,
        List<String> missing,
        List<CheckHistory> earlier,
        @Nullable Rejecting rejecting) {
    private static final Set<Column.Type> WITH_DAY =
            Set.of(Column.Type.DATE, Column.Type.DATETIME, Column.Type.TIMESTAMP);

    public TableLoad {
        schema = List.copyOf(schema);
        parts = List.copyOf(parts);
        missing = List.copyOf(missing);
        earlier = List.copyOf(earlier);
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

    /** Rows whose columns the records had. */
    public TableLoad(
            String load,
            int generation,
            int attempt,
            String run,
            Destination.Table destination,
            List<Column> schema,
            List<Part> parts,
            @Nullable Window window,
            @Nullable CursorMove cursor,
            @Nullable String credentials) {
        this(
                load,
                generation,
                attempt,
                run,
                destination,
                schema,
                parts,
                window,
                cursor,
                credentials,
                List.of(),
                List.of(),
                null);
    }

    /** The same with the fields of its records in another order. */
    public TableLoad with(List<Column> columns) {
        return new TableLoad(
                load,
                generation,
                attempt,
                run,
                destination,
                columns,
                parts,
                window,
                cursor,
                credentials,
                missing,
                earlier,
                rejecting);
    }

    /** The same, which may reject rows. */
    public TableLoad rejecting(Rejecting how) {
        return new TableLoad(
                load,
                generation,
                attempt,
                run,
                destination,
                schema,
                parts,
                window,
                cursor,
                credentials,
                missing,
                earlier,
                how);
    }

    /**
     * How rows are rejected that don't meet a check which says so.
     *
     * @param origins parts of what the transformer has kept of each row
     * @param most of the rows, beyond which the load fails; null: any number
     * @param folder of the attempt in staging
     */
    public record Rejecting(List<Part> origins, @Nullable Long most, String folder) {
        public Rejecting {
            origins = List.copyOf(origins);
        }
    }

    /** The column of a path in {@link #missing}, and those of the records around it, the outermost first. */
    public List<Column> way(String path) {
        List<Column> way = new ArrayList<>();
        List<Column> columns = schema;
        for (String name : path.split("\\.", -1)) {
            Column column = column(columns, name, "missing");
            way.add(column);
            columns = column.fields();
        }
        return way;
    }

    /** Why a load fails whose records lack a column in which the table has values. */
    public String drifted(String column) {
        return "no record of the run has a field for column " + column + ", in which " + destination.table()
                + " has values; they stay (expected: the field, or optional: true, or drift: warn)";
    }

    /**
     * A column of the table by its name.
     *
     * @throws IllegalArgumentException when there is none
     */
    public Column column(String name) {
        return column(tableSchema(), name, "column");
    }

    /** The columns of the table: those of the schema, and those that the load fills itself. */
    public List<Column> tableSchema() {
        List<Column> all = new ArrayList<>(schema);
        all.addAll(destination.ownColumns());
        return all;
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
        Destination.Deletes deletes = destination.deletes();
        boolean empties = destination.write() == Write.REPLACE
                || (deletes != null && deletes.by() == Destination.Deletes.By.ABSENCE);
        return rows == 0 && empties && destination.empty() == Destination.Empty.FAIL;
    }

    /** Whether rows outside of the window are refused: a replace, or a replay of one, which adds to what that has loaded. */
    public boolean isOfWindowAlone() {
        return destination.write() == Write.REPLACE || destination.write() == Write.APPEND;
    }

    private static Column column(List<Column> schema, String name, String field) {
        return schema.stream()
                .filter(column -> column.name().toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(field + ": '" + name + "' (expected: a column of the schema)"));
    }

    /**
     * A step of an endpoint's cursor, in the transaction that changes the table.
     *
     * @param by column or path in the source that it is a value of
     * @param full whether everything was read, so that it doesn't matter what the cursor before was of
     * @param start the only one that the ledger may have before; null: none
     * @param next the one that it has then; null: none, as before, or since a run that read everything found nothing
     */
    public record CursorMove(
            String pipeline,
            String endpoint,
            String by,
            boolean full,
            @Nullable String start,
            @Nullable String next) {
        private static final String EXPECTED_FULL =
                " missing (expected: a full run; or, if it is meant, the cursor set anew, or to none)";

        /** Whether there is one, before or after. */
        public boolean isKnown() {
            return start != null || next != null;
        }

        /** Why a load is refused that finds another cursor than {@code start}. */
        public String refused() {
            return "the cursor of " + pipeline + "/" + endpoint + " is no longer the one that the run started from;"
                    + " another run has loaded what it read, or somebody has set the cursor (expected: a retry, which reads again from there)";
        }

        /** Whether rows before {@code start} weren't read, and so must be in the table already. */
        public boolean isPartial() {
            return start != null && !full;
        }

        /** Why a load is refused whose cursor was moved by loads into another table, or by another value. */
        public String refusedAsOther(String table) {
            return "the cursor of " + pipeline + "/" + endpoint + " is not one of " + by + " for " + table
                    + ": the load that moved it was by another value, or into another table, so rows before it may be"
                    + EXPECTED_FULL;
        }

        /** Why a load is refused whose table has lost the rows that were loaded before. */
        public String refusedAsEmpty(String table) {
            return table + " is empty, although the load before left rows in it; those before the cursor would be"
                    + EXPECTED_FULL;
        }

        /** What becomes of the cursor, for the run's log; in a dry run what would become of it. */
        public String words(boolean dry) {
            if (Objects.equals(start, next)) {
                return "the cursor " + (dry ? "would stay " : "stays ") + shown(start);
            }
            return "the cursor " + (dry ? "would move from " : "moves from ") + shown(start) + " to " + shown(next);
        }

        private static String shown(@Nullable String cursor) {
            return cursor == null ? "none" : cursor;
        }
    }

    /** Of which day the rows are that a replace replaces, for a message; empty: it replaces all. */
    public String ofWindow() {
        return window == null ? "" : (window.day().unit() == RunWindow.Unit.DAY ? " on " : " in ") + window.day();
    }

    /** Why a load is refused that has rows of another day, which would be there twice after that day's next run. */
    public String refusedAsOtherDay() {
        Window only = Objects.requireNonNull(window, "window");
        return "rows for " + destination.table() + " have another "
                + only.day().unit().word() + " in " + only.column() + " (expected: " + only.day()
                + " in UTC, which is what the run replaces)";
    }

    /**
     * The rows of one day, or of an hour, week or month.
     *
     * @param column of DATE, DATETIME or TIMESTAMP
     * @param day in UTC
     */
    public record Window(String column, RunWindow day) {
        /** The first time of it, as SQL has times: {@code 2026-01-31 00:00:00}. */
        public String first() {
            return text(day.begin());
        }

        /** The last time of it. */
        public String last() {
            return text(day.last());
        }

        private static String text(LocalDateTime time) {
            return DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(time).replace('T', ' ');
        }
    }
}
