package dev.millrace.emulator.bigquery.googlesql;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Queries in the engine's SQL.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax">Query syntax</a>
 */
final class Selects {
    /** A column, or a field of a value. */
    private static final Pattern NAMED = Pattern.compile("^(\"[^\"]+\"\\.)*\"[^\"]+\"$|\\)\\.\"[^\"]+\"$");

    private final Tokens tokens;
    private final Scope scope;
    private final Expressions expressions;
    private final Exactness exactness = new Exactness();
    private final Set<String> withNames = new HashSet<>();
    private final Set<String> aliases = new HashSet<>();
    private final Set<TableName> tables = new LinkedHashSet<>();
    private int unnamed;

    /**
     * What names mean.
     *
     * @param project of tables that don't name one
     * @param defaultDataset project and dataset of tables that name none; may be empty
     * @param temporary names of temporary tables, in lower case
     * @param variables of the script, in lower case
     * @param parameters of the request, in lower case, with the engine's expression of their values
     */
    record Scope(
            String project,
            List<String> defaultDataset,
            Set<String> temporary,
            Set<String> variables,
            Map<String, String> parameters) {}

    Selects(Tokens tokens, Scope scope) {
        this.tokens = tokens;
        this.scope = scope;
        this.expressions = new Expressions(tokens, this, scope.variables(), scope.parameters());
    }

    Exactness exactness() {
        return exactness;
    }

    Expressions expressions() {
        return expressions;
    }

    /** Tables that were named so far. */
    Set<TableName> tables() {
        return tables;
    }

    boolean begins() {
        int depth = 0;
        while (tokens.peek(depth).is("(")) {
            depth++;
        }
        return tokens.peek(depth).is("SELECT") || tokens.peek(depth).is("WITH");
    }

    String query() {
        StringBuilder sql = new StringBuilder();
        if (tokens.take("WITH")) {
            if (tokens.is("RECURSIVE")) {
                throw tokens.unsupported("WITH RECURSIVE");
            }
            String comma = "WITH ";
            do {
                String name = tokens.name();
                tokens.expect("AS", "(");
                String inner = query();
                tokens.expect(")");
                withNames.add(name.toLowerCase(Locale.ROOT));
                sql.append(comma)
                        .append(Sql.name(name))
                        .append(" AS (")
                        .append(inner)
                        .append(")");
                comma = ", ";
            } while (tokens.take(","));
            sql.append(' ');
        }
        sql.append(operand());
        while (true) {
            if (tokens.is("UNION") || tokens.is("EXCEPT") || tokens.is("INTERSECT")) {
                exactness.doubt("a set operation, whose columns may have several types");
            }
            if (tokens.take("UNION", "ALL")) {
                sql.append(" UNION ALL ");
            } else if (tokens.take("UNION", "DISTINCT")) {
                sql.append(" UNION ");
            } else if (tokens.take("EXCEPT", "DISTINCT")) {
                sql.append(" EXCEPT ");
            } else if (tokens.take("INTERSECT", "DISTINCT")) {
                sql.append(" INTERSECT ");
            } else {
                break;
            }
            sql.append(operand());
        }
        return sql.append(end()).toString();
    }

    private String end() {
        StringBuilder sql = new StringBuilder();
        if (tokens.take("ORDER", "BY")) {
            sql.append(" ORDER BY ").append(ordering());
        }
        if (tokens.take("LIMIT")) {
            sql.append(" LIMIT ").append(expressions.expression());
            if (tokens.take("OFFSET")) {
                sql.append(" OFFSET ").append(expressions.expression());
            }
        }
        return sql.toString();
    }

    private String operand() {
        if (tokens.take("(")) {
            String inner = query();
            tokens.expect(")");
            return "(" + inner + ")";
        }
        return select();
    }

    private String select() {
        tokens.expect("SELECT");
        String distinct = "";
        if (tokens.take("DISTINCT")) {
            distinct = "DISTINCT ";
            exactness.doubt("SELECT DISTINCT");
        }
        tokens.take("ALL");
        boolean struct = tokens.take("AS", "STRUCT");
        if (struct) {
            exactness.doubt("SELECT AS STRUCT");
        }
        List<String> items = items();
        String list = struct ? structOf(items) : String.join(", ", items);
        return "SELECT " + distinct + list + clauses();
    }

    /** A query in {@code ARRAY(…)}: its rows, in its order. */
    String arrayQuery() {
        exactness.doubt("an ARRAY of a query");
        tokens.expect("SELECT");
        boolean struct = tokens.take("AS", "STRUCT");
        List<String> items = items();
        String value = struct ? structOf(items) : withoutAlias(items.getFirst());
        String clauses = clauses();
        String order = tokens.take("ORDER", "BY") ? " ORDER BY " + ordering() : "";
        return "(SELECT coalesce(list(" + value + order + "), [])" + clauses + ")";
    }

    private static String structOf(List<String> items) {
        List<String> fields = new ArrayList<>();
        for (String item : items) {
            int as = item.lastIndexOf(" AS \"");
            String value = withoutAlias(item);
            String name = as >= 0 ? item.substring(as + 4) : value.substring(value.lastIndexOf(".\"") + 1);
            fields.add(name + " := " + value);
        }
        return "struct_pack(" + String.join(", ", fields) + ")";
    }

    private static String withoutAlias(String item) {
        int as = item.lastIndexOf(" AS \"");
        return as >= 0 && item.endsWith("\"") ? item.substring(0, as) : item;
    }

    private List<String> items() {
        int outside = unnamed;
        unnamed = 0;
        List<String> items = new ArrayList<>();
        do {
            items.add(item());
        } while (tokens.take(",") && !tokens.is("FROM"));
        unnamed = outside;
        return items;
    }

    /** A column without a name is called by its place among those without one. */
    private String item() {
        if (tokens.take("*")) {
            return "*" + exceptAndReplace();
        }
        String value = expressions.expression();
        if (tokens.take(".", "*")) {
            return value + ".*" + exceptAndReplace();
        }
        if (tokens.take("AS") || tokens.atName()) {
            String name = tokens.name();
            exactness.named(name, value);
            return value + " AS " + Sql.name(name);
        }
        return NAMED.matcher(value).find() ? value : value + " AS " + Sql.name("f" + unnamed++ + "_");
    }

    private String exceptAndReplace() {
        StringBuilder sql = new StringBuilder();
        if (tokens.is("EXCEPT") || tokens.is("REPLACE")) {
            exactness.doubt("* with EXCEPT or REPLACE");
        }
        if (tokens.take("EXCEPT")) {
            tokens.expect("(");
            String comma = " EXCLUDE (";
            do {
                sql.append(comma).append(Sql.name(tokens.name()));
                comma = ", ";
            } while (tokens.take(","));
            tokens.expect(")");
            sql.append(')');
        }
        if (tokens.take("REPLACE")) {
            tokens.expect("(");
            String comma = " REPLACE (";
            do {
                sql.append(comma).append(item());
                comma = ", ";
            } while (tokens.take(","));
            tokens.expect(")");
            sql.append(')');
        }
        return sql.toString();
    }

    private String clauses() {
        StringBuilder sql = new StringBuilder();
        if (tokens.take("FROM")) {
            sql.append(" FROM ").append(from());
        }
        boolean filtered = false;
        if (tokens.take("WHERE")) {
            filtered = true;
            sql.append(" WHERE ").append(expressions.condition());
        }
        if (tokens.take("GROUP", "BY")) {
            filtered = true;
            if (tokens.is("ALL")) {
                throw tokens.unsupported("GROUP BY ALL");
            }
            sql.append(" GROUP BY ").append(expressionList());
        }
        if (tokens.take("HAVING")) {
            filtered = true;
            sql.append(" HAVING ").append(expressions.condition());
        }
        if (tokens.take("QUALIFY")) {
            if (!filtered) {
                throw tokens.unsupported("QUALIFY without WHERE, GROUP BY or HAVING");
            }
            sql.append(" QUALIFY ").append(expressions.condition());
        }
        return sql.toString();
    }

    /** A number means a column by its place, as it does in the engine. */
    private String expressionList() {
        List<String> list = new ArrayList<>();
        do {
            String value = expressionOrPlace();
            exactness.compared(value);
            list.add(value);
        } while (tokens.take(","));
        return String.join(", ", list);
    }

    private String expressionOrPlace() {
        boolean place = tokens.peek().kind() == Token.Kind.NUMBER
                && (tokens.peek(1).kind() != Token.Kind.SYMBOL
                        || tokens.peek(1).is(",")
                        || tokens.peek(1).is(")")
                        || tokens.peek(1).is(";"));
        return place ? tokens.next().text() : expressions.expression();
    }

    /**
     * NULL comes first in ascending order.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#order_by_clause">ORDER
     *     BY clause</a>
     */
    String ordering() {
        List<String> keys = new ArrayList<>();
        do {
            String key = expressionOrPlace();
            exactness.compared(key);
            boolean descending = tokens.take("DESC");
            if (!descending) {
                tokens.take("ASC");
            }
            boolean nullsFirst = !descending;
            if (tokens.take("NULLS", "FIRST")) {
                nullsFirst = true;
            } else if (tokens.take("NULLS", "LAST")) {
                nullsFirst = false;
            }
            keys.add(key + (descending ? " DESC" : " ASC") + (nullsFirst ? " NULLS FIRST" : " NULLS LAST"));
        } while (tokens.take(","));
        return String.join(", ", keys);
    }

    String from() {
        StringBuilder sql = new StringBuilder(source());
        while (true) {
            String join = join();
            if (join.isEmpty()) {
                return sql.toString();
            }
            sql.append(join).append(source());
            if (tokens.take("ON")) {
                sql.append(" ON ").append(expressions.condition());
            } else if (tokens.take("USING")) {
                exactness.doubt("JOIN … USING");
                tokens.expect("(");
                sql.append(" USING (").append(expressions.list(")")).append(')');
            }
        }
    }

    private String join() {
        if (tokens.take(",") || tokens.take("CROSS", "JOIN")) {
            return " CROSS JOIN ";
        }
        for (String side : List.of("LEFT", "RIGHT", "FULL")) {
            if (tokens.take(side, "JOIN") || tokens.take(side, "OUTER", "JOIN")) {
                return " " + side + " JOIN ";
            }
        }
        return tokens.take("JOIN") || tokens.take("INNER", "JOIN") ? " JOIN " : "";
    }

    private String source() {
        if (tokens.take("UNNEST")) {
            return unnest();
        }
        String source;
        if (tokens.is("(")) {
            boolean query = begins();
            tokens.expect("(");
            source = "(" + (query ? query() : from()) + ")";
            tokens.expect(")");
        } else {
            source = table();
        }
        return source + alias(source);
    }

    private String alias(String source) {
        if (tokens.take("AS") || (tokens.atName() && !tokens.is("WINDOW"))) {
            String name = tokens.name();
            aliases.add(name.toLowerCase(Locale.ROOT));
            return " AS " + Sql.name(name);
        }
        // a table is known by the last part of its name
        return source.startsWith("(") ? "" : " AS " + source.substring(source.lastIndexOf(".\"") + 1);
    }

    /** A table, a temporary table, or what a WITH clause has named. */
    private String table() {
        List<String> path = tokens.path();
        String single = path.getFirst().toLowerCase(Locale.ROOT);
        if (path.size() == 1 && (withNames.contains(single) || scope.temporary().contains(single))) {
            return Sql.name(path.getFirst());
        }
        if (path.size() > 1 && aliases.contains(single)) {
            throw tokens.unsupported("an array of " + path.getFirst() + " in FROM");
        }
        aliases.add(path.getLast().toLowerCase(Locale.ROOT));
        return name(path).quoted();
    }

    /** Without counting it among those that are read. */
    TableName resolved(List<String> path) {
        return TableName.of(path, scope.project(), scope.defaultDataset());
    }

    TableName name(List<String> path) {
        TableName name = resolved(path);
        tables.add(name);
        return name;
    }

    private String unnest() {
        exactness.doubt("UNNEST");
        tokens.expect("(");
        String array = expressions.expression();
        tokens.expect(")");
        String alias = tokens.take("AS") || tokens.atName() ? tokens.name() : "unnest";
        String offset = "";
        if (tokens.take("WITH", "OFFSET")) {
            String name = tokens.take("AS") || tokens.atName() ? tokens.name() : "offset";
            offset = ", generate_subscripts(" + array + ", 1) - 1 AS " + Sql.name(name);
        }
        return "(SELECT unnest(" + array + ") AS " + Sql.name(alias) + offset + ")";
    }
}
