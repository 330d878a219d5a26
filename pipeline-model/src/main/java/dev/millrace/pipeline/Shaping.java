package dev.millrace.pipeline;

import dev.millrace.sql.Scope;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How rows are made of records. In this order: an array is exploded, objects are flattened, the columns' values are
 * read, rows are filtered, derived columns are calculated, rows are checked. Data only: whoever runs its expressions
 * checks them before.
 *
 * @param explode path of an array of which each element makes a row; null: a record makes one row
 * @param flatten null: columns are found by their paths only
 * @param filter scalar SQL of type BOOLEAN; a row for which it isn't true is left out; null: none is
 * @param surrogates what becomes of halves of characters in the texts of JSON
 * @param readElsewhere paths in the records that other tables read, so that nobody misses a column for what is there
 * @param origins whether it is kept where each row stood and what it was, for those that the load rejects
 */
@Serdeable
public record Shaping(
        List<Column> schema,
        @Nullable String explode,
        @Nullable Flatten flatten,
        @Nullable String filter,
        List<RowCheck> checks,
        @Default("reject") TextRules.Surrogates surrogates,
        @Default("[]") List<String> readElsewhere,
        @Default("false") boolean origins) {
    @Creator // of two constructors, that which reads JSON
    public Shaping {
        schema = List.copyOf(schema);
        checks = List.copyOf(checks);
        readElsewhere = List.copyOf(readElsewhere);
    }

    /** What rejects records with halves of characters. */
    public Shaping(
            List<Column> schema,
            @Nullable String explode,
            @Nullable Flatten flatten,
            @Nullable String filter,
            List<RowCheck> checks) {
        this(schema, explode, flatten, filter, checks, TextRules.Surrogates.REJECT, List.of(), false);
    }

    /** The same, of records that other tables are made of, too. */
    public Shaping besides(List<String> paths) {
        return new Shaping(schema, explode, flatten, filter, checks, surrogates, paths, origins);
    }

    /** The same with other columns. */
    public Shaping with(List<Column> columns) {
        return new Shaping(columns, explode, flatten, filter, checks, surrogates, readElsewhere, origins);
    }

    /** The columns that a derived column and the filter may use. */
    public Scope readColumns() {
        return scope(schema, false);
    }

    /** The columns that a check may use. */
    public Scope allColumns() {
        return scope(schema, true);
    }

    /** @param derived whether columns that are derived may be used too */
    static Scope scope(List<Column> schema, boolean derived) {
        Map<String, String> columns = new HashMap<>();
        Map<String, String> others = new HashMap<>();
        for (Column column : schema) {
            if (column.expression() != null && !derived) {
                others.put(column.name(), "a column that isn't derived itself");
            } else {
                ExpressionType.operand(column)
                        .ifPresentOrElse(
                                type -> columns.put(column.name(), type),
                                () -> others.put(
                                        column.name(),
                                        "a column of one value, so neither REPEATED nor RECORD, BIGNUMERIC or INTERVAL"));
            }
        }
        return new Scope(columns, others);
    }
}
