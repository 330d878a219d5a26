package dev.millrace.pipeline;

import dev.millrace.sql.InvalidExpression;
import dev.millrace.sql.RowExpression;
import dev.millrace.sql.Scope;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The rules over all of a {@link Shaping}. Expressions are bound to the columns' types, for which an engine is started. */
final class ShapingRules {
    private ShapingRules() {}

    static void check(Checks checks, Shaping shaping) {
        List<RowCheck> rowChecks = shaping.checks();
        Flatten flatten = shaping.flatten();
        if (shaping.explode() != null) {
            JsonPath.check(checks, "explode", shaping.explode());
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < rowChecks.size(); i++) {
            String name = rowChecks.get(i).name();
            checks.that(names.add(name.toLowerCase(Locale.ROOT)), "checks[" + i + "].name", name, "a name of its own");
        }
        List<Column> schema = shaping.schema();
        checkPaths(checks, "schema", schema);
        for (int i = 0; i < schema.size(); i++) {
            String field = "schema[" + i + "]";
            Column column = schema.get(i);
            if (flatten != null && column.isRead() && column.from() == null) {
                try {
                    List<List<String>> _ = flatten.paths(column.name());
                } catch (InvalidValue e) {
                    checks.all(field, e);
                }
            }
            checks.that(
                    shaping.explode() != null || column.metadata() != Column.Metadata.ELEMENT,
                    field + ".metadata",
                    "element",
                    "another one: an endpoint without explode has no elements");
        }
        checkExpressions(checks, shaping);
    }

    private static void checkPaths(Checks checks, String field, List<Column> columns) {
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            if (column.from() != null) {
                JsonPath.check(checks, field + "[" + i + "].from", column.from());
            }
            checkPaths(checks, field + "[" + i + "].fields", column.fields());
        }
    }

    private static void checkExpressions(Checks checks, Shaping shaping) {
        List<Column> schema = shaping.schema();
        String filter = shaping.filter();
        List<RowCheck> rowChecks = shaping.checks();
        boolean any = filter != null || !rowChecks.isEmpty();
        for (Column column : schema) {
            any |= column.expression() != null;
        }
        if (!any) {
            return;
        }
        Scope read = shaping.readColumns();
        for (int i = 0; i < schema.size(); i++) {
            Column column = schema.get(i);
            if (column.expression() != null) {
                ExpressionType type = ExpressionType.of(column);
                check(checks, "schema[" + i + "].expression", column.expression(), read, type);
            }
        }
        if (filter != null) {
            check(checks, "filter", filter, read, ExpressionType.CONDITION);
        }
        Scope all = shaping.allColumns();
        for (int i = 0; i < rowChecks.size(); i++) {
            check(checks, "checks[" + i + "].expression", rowChecks.get(i).expression(), all, ExpressionType.CONDITION);
        }
    }

    /** Notes what is wrong with an expression that stands in {@code field}. */
    static void check(Checks checks, String field, String expression, Scope scope, ExpressionType expected) {
        try {
            RowExpression bound = RowExpression.of(expression, scope);
            checks.that(
                    expected.takes(bound.type()), field, expression + ", which is " + bound.type(), expected.words());
        } catch (InvalidExpression e) {
            checks.that(false, field, e.found(), e.expected());
        }
    }
}
