package dev.millrace.sql;

import io.micronaut.json.tree.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A scalar SQL expression over one row, in DuckDB's dialect, that was found to be one and nothing else: on the engine's
 * own parse tree, and by binding it to columns of the declared types. It reads no file, table, setting or clock, and
 * gives the same result whenever and wherever it is calculated.
 *
 * @param sql as the user wrote it; {@link #enclosed()} is what may stand in other SQL
 * @param columns that it uses, by the names that they have in the scope
 * @param type the engine's type of the result, such as {@code BIGINT} or {@code DECIMAL(38,9)}
 */
public record RowExpression(String sql, Set<String> columns, String type) {
    private static final int MAX_CHARACTERS = 10_000;

    /** So that whoever reads the same pipeline again and again doesn't bind its expressions again. */
    private static final int REMEMBERED = 1_000;

    private static final String BEFORE = "(";

    /** The end of the line ends a comment of the user's. */
    private static final String AFTER = "\n)";

    private static final Map<Asked, RowExpression> KNOWN = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Asked, RowExpression> eldest) {
            return size() > REMEMBERED;
        }
    };

    private record Asked(String sql, Scope scope) {}

    public RowExpression {
        columns = Set.copyOf(columns);
    }

    /**
     * Safe for use by several threads.
     *
     * @throws InvalidExpression when it is something else, names columns that are not in the scope, or can't be bound
     */
    public static RowExpression of(String sql, Scope scope) throws InvalidExpression {
        Asked asked = new Asked(sql, scope);
        synchronized (KNOWN) {
            RowExpression known = KNOWN.get(asked);
            if (known == null) {
                known = checked(sql, scope);
                KNOWN.put(asked, known);
            }
            return known;
        }
    }

    /** In parentheses, as it may stand anywhere in other SQL. */
    public String enclosed() {
        return enclosed(sql);
    }

    private static String enclosed(String sql) {
        return BEFORE + sql + AFTER;
    }

    private static RowExpression checked(String sql, Scope scope) throws InvalidExpression {
        if (sql.length() > MAX_CHARACTERS) {
            throw new InvalidExpression(sql.length() + " characters", "at most " + MAX_CHARACTERS);
        }
        BindingEngine engine = BindingEngine.instance();
        JsonNode select = select(sql, engine.parse("SELECT " + enclosed(sql)));
        ExpressionCheck check = new ExpressionCheck(engine, "SELECT " + BEFORE, sql, scope);
        Set<String> columns = check.columnsOf(select);
        return new RowExpression(sql, columns, engine.typeOf(sql, enclosed(sql), columns, scope));
    }

    /** The node of the statement, which has nothing but the expression. */
    private static JsonNode select(String sql, ParseTree tree) throws InvalidExpression {
        return switch (tree) {
            case ParseTree.Select(JsonNode select) -> select;
            case ParseTree.Malformed(String message) ->
                throw new InvalidExpression(sql, "one scalar SQL expression; the parser says: " + message);
            case ParseTree.Statements _, ParseTree.NoSelect _ ->
                throw new InvalidExpression(sql, "one scalar SQL expression");
            case ParseTree.TooDeep _ -> throw new InvalidExpression(sql, "an expression that is nested less deeply");
        };
    }
}
