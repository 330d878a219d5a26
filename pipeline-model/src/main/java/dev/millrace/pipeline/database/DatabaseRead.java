package dev.millrace.pipeline.database;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.pipeline.Key;
import dev.millrace.pipeline.Read;
import dev.millrace.pipeline.References;
import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.upload.UploadRead;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What is read of a {@link DatabaseSource}: a table or a query, exactly one of them.
 *
 * @param table its name, or that of a view, perhaps with its schema and a point before it; quoted for the database by
 *     whoever reads it
 * @param query one SELECT
 * @param selected columns of the table that are read, if it has them; empty: all
 * @param parallel how many readers a table is divided among, if it is large enough
 * @param cursor null: each run reads everything
 * @param consistency what holds the rows of a run together
 */
@Serdeable
@JsonTypeName("database")
@Doc("What to read of a database.")
public record DatabaseRead(
        @Doc("Table or view to read, for example sales.orders.") @Nullable
        String table,

        @References(References.Allowed.DAY) @Doc("One SELECT to read instead of a table.") @Nullable
        String query,

        @Key("columns")
        @Default("[]")
        @Doc("Columns of the table to read; by default those of the schema, and for a bucket all.")
        List<String> selected,

        @Default("1") @Doc("Readers of the table at once, 1 to 16, which all see the same state; of PostgreSQL only.")
        int parallel,

        @Doc("Reads only rows that are new since the last run; by default each run reads all.") @Nullable
        DatabaseCursor cursor,

        @Default("snapshot")
        @Doc("Whether what is read has to be one state of the database; none does without where a SQL Server has none.")
        Consistency consistency)
        implements Read, FileRules {
    private static final int MOST_READERS = 16;

    @Creator // of two constructors, that which reads JSON
    public DatabaseRead {
        selected = List.copyOf(selected);
        Checks checks = new Checks();
        checks.that(
                table == null || (!table.isBlank() && !table.startsWith(".") && !table.endsWith(".")),
                "table",
                table,
                "a table, or schema.table");
        checks.that(query == null || !query.isBlank(), "query", query, "one SELECT");
        checks.that(parallel >= 1 && parallel <= MOST_READERS, "parallel", parallel, "1 to " + MOST_READERS);
        checks.done();
    }

    /** What holds the rows of a run together. */
    public enum Consistency {
        /** They are one state of the database, or the run fails. */
        SNAPSHOT,
        /** Nothing, where the database has no snapshots. */
        NONE
    }

    /** What reads everything. */
    public DatabaseRead(@Nullable String table, @Nullable String query, List<String> selected, int parallel) {
        this(table, query, selected, parallel, null);
    }

    /** What reads one state. */
    public DatabaseRead(
            @Nullable String table,
            @Nullable String query,
            List<String> selected,
            int parallel,
            @Nullable DatabaseCursor cursor) {
        this(table, query, selected, parallel, cursor, Consistency.SNAPSHOT);
    }

    @Override
    public void check(Checks checks) {
        checks.that(
                (table == null) != (query == null),
                table == null ? "table" : "query",
                table == null ? "neither a table nor a query" : "a query beside a table",
                "either a table or a query");
        checks.that(
                query == null || selected.isEmpty(),
                "columns",
                selected.size() + " columns",
                "nothing beside a query, which says itself what it selects");
        checks.that(
                query == null || parallel == 1,
                "parallel",
                parallel,
                "1 beside a query: only a table can be divided among readers");
        checks.that(
                cursor == null || consistency == Consistency.SNAPSHOT,
                "consistency",
                "none",
                "snapshot beside a cursor, whose end and rows have to be of one state");
        Set<String> names = new HashSet<>();
        for (String column : selected) {
            checks.that(names.add(column), "columns", column, "each column once");
        }
    }

    @Override
    public @Nullable String keyWithDay(Predicate<String> about) {
        return query != null && about.test(query) ? "query" : null;
    }

    @Override
    public Scope scope() {
        return cursor == null ? Scope.EVERYTHING : cursor.unique() ? Scope.NEW : Scope.NEW_AND_SOME_AGAIN;
    }

    @Override
    public @Nullable String cursorName() {
        return cursor == null ? null : cursor.column();
    }

    @Override
    public List<InvalidValue.Violation> warnings() {
        return cursor == null || cursor.settle() != null || cursor.overlap() != null
                ? List.of()
                : List.of(new InvalidValue.Violation(
                        "cursor",
                        "neither settle nor overlap",
                        "one of them, longer than any transaction that writes there: a row that is committed after"
                                + " another with a larger value would never be read"));
    }

    @Override
    public Uploaded uploaded(String object, boolean lines) {
        return UploadRead.of(object, lines, new Format.Ndjson(), null);
    }

    @Override
    public boolean isFlat() {
        return true;
    }

    @Override
    public @Nullable String keyForNames() {
        return null;
    }

    @Override
    public DatabaseRead named(List<String> fields) {
        return table == null || !selected.isEmpty()
                ? this
                : new DatabaseRead(table, query, fields.stream().distinct().toList(), parallel, cursor, consistency);
    }
}
