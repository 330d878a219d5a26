package dev.millrace.emulator.bigquery.googlesql;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Expressions in the engine's SQL. Everything that has an operator is put into parentheses: precedence differs.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/operators">Operators</a>
 */
final class Expressions {
    private static final Set<String> COMPARISONS = Set.of("=", "<>", "!=", "<", "<=", ">", ">=");
    private static final List<Set<String>> BINARY = List.of(
            Set.of("|"), Set.of("^"), Set.of("&"), Set.of("<<", ">>"), Set.of("+", "-"), Set.of("*", "/", "||"));

    private final Tokens tokens;
    private final Selects selects;
    private final Functions functions;
    private final Exactness exactness;
    private final Set<String> variables;
    private final Map<String, String> parameters;

    /**
     * @param variables of the script, in lower case
     * @param parameters of the request, in lower case, with the engine's expression of their values
     */
    Expressions(Tokens tokens, Selects selects, Set<String> variables, Map<String, String> parameters) {
        this.tokens = tokens;
        this.selects = selects;
        this.functions = new Functions(tokens, this, selects);
        this.exactness = selects.exactness();
        this.variables = variables;
        this.parameters = parameters;
    }

    String expression() {
        String left = and();
        while (tokens.take("OR")) {
            left = bool("(" + condition(left) + " OR " + condition(and()) + ")");
        }
        return left;
    }

    String list(String end) {
        return String.join(", ", items(end));
    }

    List<String> items(String end) {
        List<String> items = new ArrayList<>();
        while (!tokens.is(end)) {
            items.add(expression());
            if (!tokens.take(",")) {
                break;
            }
        }
        tokens.expect(end);
        return items;
    }

    private String and() {
        String left = not();
        while (tokens.take("AND")) {
            left = bool("(" + condition(left) + " AND " + condition(not()) + ")");
        }
        return left;
    }

    private String not() {
        return tokens.take("NOT") ? bool("(NOT " + condition(not()) + ")") : comparison();
    }

    private String bool(String sql) {
        return exactness.typed(sql, "BOOLEAN");
    }

    private String condition(String sql) {
        return exactness.expected(sql, "BOOLEAN");
    }

    /** What has to be BOOL. */
    String condition() {
        return condition(expression());
    }

    private String comparison() {
        String first = binary(0);
        String left = first;
        while (true) {
            String before = left;
            boolean negated = tokens.is("NOT")
                    && (tokens.peek(1).is("IN")
                            || tokens.peek(1).is("LIKE")
                            || tokens.peek(1).is("BETWEEN"));
            if (negated) {
                tokens.next();
            }
            String not = negated ? " NOT " : " ";
            if (tokens.take("IN")) {
                left = "(" + left + not + "IN " + set(left) + ")";
            } else if (tokens.take("LIKE")) {
                exactness.doubt("LIKE");
                left = "(" + left + not + "LIKE " + binary(0) + " ESCAPE '\\')";
            } else if (tokens.take("BETWEEN")) {
                String low = binary(0);
                tokens.expect("AND");
                String high = binary(0);
                exactness.compared(left, low, high);
                left = "(" + left + not + "BETWEEN " + low + " AND " + high + ")";
            } else if (tokens.take("IS")) {
                left = "(" + left + is(left) + ")";
            } else if (tokens.peek().kind() == Token.Kind.SYMBOL
                    && COMPARISONS.contains(tokens.peek().text())) {
                String operator = tokens.next().text();
                String right = binary(0);
                exactness.compared(left, right);
                left = "(" + left + " " + operator + " " + right + ")";
            } else {
                return left;
            }
            if (!before.equals(first)) {
                exactness.doubt("a comparison of a comparison");
            }
            left = bool(left);
        }
    }

    private String is(String left) {
        String not = tokens.take("NOT") ? " IS NOT " : " IS ";
        if (tokens.take("DISTINCT", "FROM")) {
            String right = binary(0);
            exactness.compared(left, right);
            return not + "DISTINCT FROM " + right;
        }
        for (String value : List.of("NULL", "TRUE", "FALSE")) {
            if (tokens.take(value)) {
                if (!value.equals("NULL")) {
                    condition(left);
                }
                return not + value;
            }
        }
        throw tokens.unexpected("NULL, TRUE, FALSE or DISTINCT FROM");
    }

    private String set(String left) {
        if (tokens.take("UNNEST")) {
            exactness.doubt("IN UNNEST");
            tokens.expect("(");
            String array = expression();
            tokens.expect(")");
            return "(SELECT unnest(" + array + "))";
        }
        tokens.expect("(");
        if (selects.begins()) {
            exactness.doubt("IN with a query");
            String query = selects.query();
            tokens.expect(")");
            return "(" + query + ")";
        }
        List<String> values = items(")");
        values.forEach(value -> exactness.compared(left, value));
        return "(" + String.join(", ", values) + ")";
    }

    private String binary(int level) {
        if (level == BINARY.size()) {
            return unary();
        }
        String left = binary(level + 1);
        while (tokens.peek().kind() == Token.Kind.SYMBOL
                && BINARY.get(level).contains(tokens.peek().text())) {
            String operator = tokens.next().text();
            if (!Set.of("+", "-").contains(operator)) {
                throw tokens.unsupported("the operator " + operator);
            }
            exactness.doubt("the operator " + operator);
            String right = binary(level + 1);
            left = "(gsql_integer(" + left + ") " + operator + " gsql_integer(" + right + "))";
        }
        return left;
    }

    private String unary() {
        if (tokens.is("-") || tokens.is("+")) {
            String sign = tokens.next().text();
            if (tokens.peek().kind() != Token.Kind.NUMBER) {
                throw tokens.unsupported("a sign before anything but a number");
            }
            return number((sign.equals("-") ? "-" : "") + tokens.next().text());
        }
        String value = primary();
        while (true) {
            if (tokens.take(".")) {
                value = "(" + value + ")." + Sql.name(tokens.next().text());
            } else if (tokens.take("[")) {
                value = element(value);
            } else {
                return value;
            }
        }
    }

    private String element(String array) {
        exactness.doubt("an element of an array");
        // an index outside of the array is NULL in the engine and an error in BigQuery, unless SAFE_ is written
        String position = tokens.peek().upper();
        int base = position.endsWith("ORDINAL") ? 0 : 1;
        boolean safe = position.startsWith("SAFE_");
        boolean named =
                Set.of("OFFSET", "ORDINAL", "SAFE_OFFSET", "SAFE_ORDINAL").contains(position);
        if (named) {
            tokens.next();
            tokens.expect("(");
        }
        String index = "(" + expression() + " + " + base + ")";
        if (named) {
            tokens.expect(")");
        }
        tokens.expect("]");
        String found = "(" + array + ")[" + index + "]";
        return safe
                ? "CASE WHEN " + index + " > 0 THEN " + found + " END"
                : "CASE WHEN " + index + " BETWEEN 1 AND len(" + array + ") THEN " + found
                        + " ELSE error('Array index is out of bounds') END";
    }

    private String primary() {
        Token token = tokens.peek();
        return switch (token.kind()) {
            case STRING -> exactness.typed(Sql.text(tokens.next().text()), "STRING");
            case BYTES -> {
                exactness.doubt("a literal of BYTES");
                yield "from_hex('"
                        + HexFormat.of().formatHex(Lexer.bytes(tokens.next().text())) + "')";
            }
            case NUMBER -> number(tokens.next().text());
            case PARAMETER -> parameter(tokens.next().text());
            case SYSTEM_VARIABLE -> systemVariable(tokens.next().text());
            case SYMBOL -> symbol();
            case WORD, QUOTED -> word();
            case END -> throw tokens.unexpected("an expression");
        };
    }

    private String number(String text) {
        if (text.startsWith("0x") || text.startsWith("0X")) {
            return "CAST(" + Long.parseUnsignedLong(text.substring(2), 16) + " AS BIGINT)";
        }
        boolean floating = text.contains(".") || text.contains("e") || text.contains("E");
        if (floating) {
            exactness.doubt("a literal of FLOAT64");
            return "CAST('" + text + "' AS DOUBLE)";
        }
        return exactness.typed("CAST(" + text + " AS BIGINT)", "INTEGER");
    }

    private String parameter(String name) {
        exactness.doubt("a query parameter");
        String value = parameters.get(name.toLowerCase(Locale.ROOT));
        if (value == null) {
            throw QueryErrors.invalidQuery("Query parameter '" + name + "' not found");
        }
        return value;
    }

    private String systemVariable(String name) {
        if (!name.equalsIgnoreCase("row_count")) {
            throw tokens.unsupported("the system variable @@" + name);
        }
        return "getvariable('" + Script.ROW_COUNT + "')";
    }

    private String symbol() {
        if (tokens.take("[")) {
            exactness.doubt("an array");
            return "[" + list("]") + "]";
        }
        tokens.expect("(");
        if (selects.begins()) {
            String query = selects.query();
            tokens.expect(")");
            return "(" + query + ")";
        }
        String first = expression();
        if (tokens.is(",")) {
            tokens.next();
            exactness.doubt("a tuple");
            return "row(" + first + ", " + list(")") + ")";
        }
        tokens.expect(")");
        return exactness.same("(" + first + ")", first);
    }

    private String word() {
        if (tokens.peek().kind() == Token.Kind.WORD) {
            String special = functions.special();
            if (special != null) {
                return special;
            }
        }
        if (!tokens.atName()) {
            throw tokens.unexpected("an expression");
        }
        if (tokens.peek(1).is("(") || functions.isQualified()) {
            return functions.call();
        }
        String name = tokens.name();
        if (variables.contains(name.toLowerCase(Locale.ROOT))) {
            return "getvariable(" + Sql.text(name.toLowerCase(Locale.ROOT)) + ")";
        }
        StringBuilder path = new StringBuilder(Sql.name(name));
        while (tokens.is(".") && !tokens.peek(1).is("*")) {
            tokens.next();
            path.append('.').append(Sql.name(tokens.next().text()));
        }
        return path.toString();
    }
}
