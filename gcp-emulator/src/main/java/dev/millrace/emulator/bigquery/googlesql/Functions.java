package dev.millrace.emulator.bigquery.googlesql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Calls of functions, literals with a type, and what looks like them.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/functions-all">Functions</a>
 */
final class Functions {
    /** By the name that the engine has for them; arguments and meaning are the same. */
    private static final Map<String, String> SAME = Map.ofEntries(
            Map.entry("ARRAY_LENGTH", "len"),
            Map.entry("AVG", "avg"),
            Map.entry("COALESCE", "coalesce"),
            Map.entry("COUNT", "count"),
            Map.entry("ERROR", "error"),
            Map.entry("IS_INF", "isinf"),
            Map.entry("IS_NAN", "isnan"),
            Map.entry("LEAD", "lead"),
            Map.entry("LEAST", "least"),
            Map.entry("MAX", "max"),
            Map.entry("MIN", "min"),
            Map.entry("RANK", "rank"),
            Map.entry("ROW_NUMBER", "row_number"),
            Map.entry("STARTS_WITH", "starts_with"),
            Map.entry("STDDEV_POP", "stddev_pop"),
            Map.entry("STRING_AGG", "string_agg"),
            Map.entry("SUM", "sum"));

    /** Of these, those of which it isn't certain that the engine calculates as BigQuery does. */
    private static final Set<String> DOUBTFUL = Set.of(
            "AVG",
            "COALESCE",
            "ERROR",
            "IS_INF",
            "IS_NAN",
            "LEAD",
            "LEAST",
            "STARTS_WITH",
            "STDDEV_POP",
            "STRING_AGG",
            "SUM");

    /** Whose result is an integer. */
    private static final Set<String> COUNTS = Set.of("COUNT", "RANK", "ROW_NUMBER", "ARRAY_LENGTH");

    private static final Set<String> PARTS =
            Set.of("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND");

    /** Literals that mean the same to everybody. */
    private static final Pattern CANONICAL = Pattern.compile("DATE \\d{4}-\\d\\d-\\d\\d"
            + "|DATETIME \\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?"
            + "|TIMESTAMP \\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?(\\+00|Z)");

    private final Tokens tokens;
    private final Expressions expressions;
    private final Selects selects;
    private final Exactness exactness;

    Functions(Tokens tokens, Expressions expressions, Selects selects) {
        this.tokens = tokens;
        this.expressions = expressions;
        this.selects = selects;
        this.exactness = selects.exactness();
    }

    boolean isQualified() {
        return tokens.is("SAFE", ".") && tokens.peek(3).is("(");
    }

    /** What begins with a keyword or a type; null when neither is next. */
    @Nullable
    String special() {
        Token token = tokens.peek();
        String word = token.upper();
        boolean call = tokens.peek(1).is("(");
        switch (word) {
            case "NULL" -> {
                return tokens.next().upper();
            }
            case "TRUE", "FALSE" -> {
                return exactness.typed(tokens.next().upper(), "BOOLEAN");
            }
            case "EXISTS" -> {
                tokens.next();
                tokens.expect("(");
                String query = selects.query();
                tokens.expect(")");
                return exactness.typed("EXISTS (" + query + ")", "BOOLEAN");
            }
            case "ARRAY" -> {
                return array();
            }
            case "STRUCT" -> {
                return struct();
            }
            case "IF" -> {
                exactness.doubt("IF");
                tokens.next();
                tokens.expect("(");
                return "if(" + expressions.list(")") + ")";
            }
            case "ARRAY_AGG" -> {
                return arrayAggregate();
            }
            case "CAST", "SAFE_CAST" -> {
                return cast(word.equals("SAFE_CAST"));
            }
            default -> {}
        }
        if (tokens.peek(1).kind() == Token.Kind.STRING) {
            return typed(word);
        }
        return call && token.kind() == Token.Kind.WORD ? constructed(word) : null;
    }

    /** A call of a function by its name. */
    String call() {
        boolean safe = isQualified();
        if (safe) {
            tokens.expect("SAFE", ".");
        }
        String name = tokens.next().upper();
        // a SAFE prefix may be put before any of them
        String inner = safe && tokens.is("(") ? constructedCall(name) : null;
        if (inner == null) {
            inner = plain(name);
        }
        return safe ? "TRY(" + inner + ")" : inner;
    }

    private String plain(String name) {
        String function = SAME.get(name);
        if (function == null) {
            throw tokens.unsupported("the function " + name);
        }
        tokens.expect("(");
        StringBuilder call = new StringBuilder(function).append('(');
        boolean distinct = tokens.take("DISTINCT");
        if (distinct) {
            call.append("DISTINCT ");
        }
        if (DOUBTFUL.contains(name)) {
            exactness.doubt(name);
        }
        String first = "";
        if (tokens.take("*")) {
            call.append('*');
        } else {
            while (!tokens.is(")") && !tokens.is("IGNORE") && !tokens.is("ORDER") && !tokens.is("LIMIT")) {
                String argument = expressions.expression();
                first = first.isEmpty() ? argument : first;
                if (name.equals("ARRAY_LENGTH")) {
                    exactness.expected(argument, "ARRAY");
                }
                if (distinct || name.equals("MIN") || name.equals("MAX")) {
                    exactness.compared(argument);
                }
                call.append(argument);
                if (!tokens.take(",")) {
                    break;
                }
                call.append(", ");
            }
        }
        tokens.expect(")");
        String sql = call.append(')').append(over()).toString();
        return COUNTS.contains(name) ? exactness.typed(sql, "INTEGER") : sql;
    }

    private String over() {
        if (!tokens.take("OVER")) {
            return "";
        }
        tokens.expect("(");
        StringBuilder window = new StringBuilder(" OVER (");
        if (tokens.take("PARTITION", "BY")) {
            String comma = "PARTITION BY ";
            do {
                String value = expressions.expression();
                exactness.compared(value);
                window.append(comma).append(value);
                comma = ", ";
            } while (tokens.take(","));
        }
        if (tokens.take("ORDER", "BY")) {
            window.append(" ORDER BY ").append(selects.ordering());
        }
        tokens.expect(")");
        return window.append(')').toString();
    }

    private String array() {
        exactness.doubt("an array");
        tokens.expect("ARRAY");
        if (tokens.take("(")) {
            String query = selects.arrayQuery();
            tokens.expect(")");
            return query;
        }
        String type = null;
        if (tokens.is("<")) {
            tokens.expect("<");
            type = SqlType.read(tokens);
            if (!tokens.takeHalf(">>")) {
                tokens.expect(">");
            }
        }
        tokens.expect("[");
        String items = "[" + expressions.list("]") + "]";
        return type == null ? items : "CAST(" + items + " AS " + type + "[])";
    }

    private String arrayAggregate() {
        exactness.doubt("ARRAY_AGG");
        tokens.next();
        tokens.expect("(");
        StringBuilder call = new StringBuilder("list(").append(expressions.expression());
        if (tokens.take("ORDER", "BY")) {
            call.append(" ORDER BY ").append(selects.ordering());
        }
        call.append(')');
        if (tokens.take("LIMIT")) {
            call.append("[1:").append(tokens.next().text()).append(']');
        }
        tokens.expect(")");
        return call.toString();
    }

    private String struct() {
        exactness.doubt("STRUCT");
        String type = null;
        if (tokens.peek(1).is("<")) {
            type = SqlType.read(tokens);
        } else {
            tokens.expect("STRUCT");
        }
        tokens.expect("(");
        List<String> fields = new ArrayList<>();
        boolean named = type == null;
        while (!tokens.is(")")) {
            Token first = tokens.peek();
            String value = expressions.expression();
            String name = null;
            if (named && tokens.take("AS")) {
                name = tokens.name();
            } else if (named && first.kind() != Token.Kind.SYMBOL) {
                // a column keeps its name
                name = value.endsWith("\"")
                        ? value.substring(value.lastIndexOf('"', value.length() - 2) + 1, value.length() - 1)
                        : null;
            }
            fields.add(
                    named ? Sql.name(name == null ? "_field_" + (fields.size() + 1) : name) + " := " + value : value);
            if (!tokens.take(",")) {
                break;
            }
        }
        tokens.expect(")");
        String values = String.join(", ", fields);
        return named ? "struct_pack(" + values + ")" : "CAST(row(" + values + ") AS " + type + ")";
    }

    private String cast(boolean safe) {
        tokens.next();
        tokens.expect("(");
        String value = expressions.expression();
        tokens.expect("AS");
        String type = SqlType.read(tokens);
        if (!value.equals("NULL")) {
            exactness.doubt("CAST");
        }
        if (tokens.is("FORMAT")) {
            throw tokens.unsupported("CAST with FORMAT");
        }
        tokens.expect(")");
        String cast = Scalars.cast(value, type);
        return safe ? "TRY(" + cast + ")" : cast;
    }

    /** A literal with its type before it. */
    private @Nullable String typed(String word) {
        String type = switch (word) {
            case "DATE" -> "DATE";
            case "TIME" -> "TIME";
            case "DATETIME" -> "TIMESTAMP";
            case "TIMESTAMP" -> "TIMESTAMPTZ";
            case "NUMERIC", "DECIMAL" -> "DECIMAL(38,9)";
            case "BIGNUMERIC", "BIGDECIMAL" -> "BIGNUM";
            case "JSON" -> "JSON";
            default -> null;
        };
        if (type == null) {
            return null;
        }
        tokens.next();
        String written = tokens.string();
        String text = Sql.text(written);
        String sql = type.equals("JSON") ? Scalars.json(text, "'exact'") : Scalars.cast(text, type);
        if (!CANONICAL.matcher(word + " " + written).matches()) {
            exactness.doubt("a literal of " + word);
            return sql;
        }
        return exactness.typed(sql, word);
    }

    private @Nullable String constructed(String name) {
        if (!Scalars.isConstructed(name)) {
            return null;
        }
        tokens.next();
        return constructedCall(name);
    }

    private @Nullable String constructedCall(String name) {
        if (!Scalars.isConstructed(name)) {
            return null;
        }
        tokens.expect("(");
        List<String> arguments = new ArrayList<>();
        while (!tokens.is(")")) {
            if (tokens.peek(1).is("=>")) {
                String argument = tokens.name();
                tokens.next();
                arguments.add(argument.toLowerCase(Locale.ROOT) + "=>" + expressions.expression());
            } else if (PARTS.contains(tokens.peek().upper())
                    && (tokens.peek(1).is(")") || tokens.peek(1).is(","))) {
                arguments.add(tokens.next().upper());
            } else {
                arguments.add(expressions.expression());
            }
            if (!tokens.take(",")) {
                break;
            }
        }
        tokens.expect(")");
        String sql = Scalars.construct(tokens, name, arguments);
        String type = Scalars.EXACT.get(name);
        if (!arguments.isEmpty()) {
            exactness.expected(arguments.getFirst(), Scalars.ARGUMENT.getOrDefault(name, "nothing"));
        }
        if (type == null) {
            exactness.doubt(name);
            return sql;
        }
        return exactness.typed(sql, type);
    }
}
