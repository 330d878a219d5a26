package dev.millrace.pipeline;

import dev.millrace.sql.InvalidExpression;
import dev.millrace.sql.RowExpression;
import dev.millrace.sql.Scope;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * How rows are made of records. In this order: an array is exploded, objects are flattened, the columns' values are
 * read, rows are filtered, derived columns are calculated, rows are checked. Its expressions have been checked, and
 * bound to the columns' types.
 *
 * @param explode path of an array of which each element makes a row; null: a record makes one row
 * @param flatten null: columns are found by their paths only
 * @param filter scalar SQL of type BOOLEAN; a row for which it isn't true is left out; null: none is
 */
@Serdeable
public record Shaping(
        List<Column> schema,
        @Nullable String explode,
        @Nullable Flatten flatten,
        @Nullable String filter,
        List<RowCheck> checks) {
    public Shaping {
        schema = List.copyOf(schema);
        checks = List.copyOf(checks);
        Checks valid = new Checks();
        if (explode != null) {
            JsonPath.check(valid, "explode", explode);
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < checks.size(); i++) {
            String name = checks.get(i).name();
            valid.that(names.add(name.toLowerCase(Locale.ROOT)), "checks[" + i + "].name", name, "a name of its own");
        }
        checkPaths(valid, "schema", schema);
        for (int i = 0; i < schema.size(); i++) {
            String field = "schema[" + i + "]";
            Column column = schema.get(i);
            if (flatten != null && column.isRead() && column.from() == null) {
                try {
                    List<List<String>> _ = flatten.paths(column.name());
                } catch (InvalidValue e) {
                    valid.all(field, e);
                }
            }
            valid.that(
                    explode != null || column.metadata() != Column.Metadata.ELEMENT,
                    field + ".metadata",
                    "element",
                    "another one: an endpoint without explode has no elements");
        }
        checkExpressions(valid, schema, filter, checks);
        valid.done();
    }

    private static void checkPaths(Checks valid, String field, List<Column> columns) {
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            if (column.from() != null) {
                JsonPath.check(valid, field + "[" + i + "].from", column.from());
            }
            checkPaths(valid, field + "[" + i + "].fields", column.fields());
        }
    }

    private static void checkExpressions(
            Checks valid, List<Column> schema, @Nullable String filter, List<RowCheck> checks) {
        boolean any = filter != null || !checks.isEmpty();
        for (Column column : schema) {
            any |= column.expression() != null;
        }
        if (!any) {
            return;
        }
        Scope read = scope(schema, false);
        for (int i = 0; i < schema.size(); i++) {
            Column column = schema.get(i);
            if (column.expression() != null) {
                ExpressionType type = ExpressionType.of(column);
                check(valid, "schema[" + i + "].expression", column.expression(), read, type);
            }
        }
        if (filter != null) {
            check(valid, "filter", filter, read, ExpressionType.CONDITION);
        }
        Scope all = scope(schema, true);
        for (int i = 0; i < checks.size(); i++) {
            check(valid, "checks[" + i + "].expression", checks.get(i).expression(), all, ExpressionType.CONDITION);
        }
    }

    private static void check(Checks valid, String field, String expression, Scope scope, ExpressionType expected) {
        try {
            RowExpression bound = RowExpression.of(expression, scope);
            valid.that(
                    expected.takes(bound.type()), field, expression + ", which is " + bound.type(), expected.words());
        } catch (InvalidExpression e) {
            valid.that(false, field, e.found(), e.expected());
        }
    }

    /** The columns that a derived column and the filter may use. */
    public Scope readColumns() {
        return scope(schema, false);
    }

    /** The columns that a check may use. */
    public Scope allColumns() {
        return scope(schema, true);
    }

    private static Scope scope(List<Column> schema, boolean derived) {
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
