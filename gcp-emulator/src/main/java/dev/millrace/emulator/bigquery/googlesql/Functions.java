package dev.millrace.emulator.bigquery.googlesql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Calls of functions, literals with a type, and what looks like them.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/functions-all">Functions</a>
 */
final class Functions {
    /** By the name that the engine has for them; arguments and meaning are the same. */
    private static final Map<String, String> SAME = Map.ofEntries(
            Map.entry("ABS", "abs"),
            Map.entry("ANY_VALUE", "any_value"),
            Map.entry("ARRAY_AGG", "array_agg"),
            Map.entry("ARRAY_CONCAT", "list_concat"),
            Map.entry("ARRAY_LENGTH", "len"),
            Map.entry("ARRAY_REVERSE", "list_reverse"),
            Map.entry("AVG", "avg"),
            Map.entry("BIT_COUNT", "bit_count"),
            Map.entry("BYTE_LENGTH", "strlen"),
            Map.entry("CEIL", "ceil"),
            Map.entry("CHAR_LENGTH", "length"),
            Map.entry("COALESCE", "coalesce"),
            Map.entry("CONTAINS_SUBSTR", "contains"),
            Map.entry("COUNT", "count"),
            Map.entry("COUNTIF", "count_if"),
            Map.entry("DENSE_RANK", "dense_rank"),
            Map.entry("DIV", "divide"),
            Map.entry("ENDS_WITH", "ends_with"),
            Map.entry("ERROR", "error"),
            Map.entry("EXP", "exp"),
            Map.entry("FIRST_VALUE", "first_value"),
            Map.entry("FLOOR", "floor"),
            Map.entry("FROM_BASE64", "from_base64"),
            Map.entry("FROM_HEX", "from_hex"),
            Map.entry("GENERATE_ARRAY", "generate_series"),
            Map.entry("GREATEST", "greatest"),
            Map.entry("IFNULL", "ifnull"),
            Map.entry("LAG", "lag"),
            Map.entry("LAST_VALUE", "last_value"),
            Map.entry("LEAD", "lead"),
            Map.entry("LEAST", "least"),
            Map.entry("LENGTH", "length"),
            Map.entry("LN", "ln"),
            Map.entry("LOGICAL_AND", "bool_and"),
            Map.entry("LOGICAL_OR", "bool_or"),
            Map.entry("LOWER", "lower"),
            Map.entry("LPAD", "lpad"),
            Map.entry("LTRIM", "ltrim"),
            Map.entry("MAX", "max"),
            Map.entry("MIN", "min"),
            Map.entry("MOD", "mod"),
            Map.entry("NTILE", "ntile"),
            Map.entry("NULLIF", "nullif"),
            Map.entry("POW", "pow"),
            Map.entry("RANK", "rank"),
            Map.entry("REGEXP_CONTAINS", "regexp_matches"),
            Map.entry("REPEAT", "repeat"),
            Map.entry("REPLACE", "replace"),
            Map.entry("REVERSE", "reverse"),
            Map.entry("ROUND", "round"),
            Map.entry("ROW_NUMBER", "row_number"),
            Map.entry("RPAD", "rpad"),
            Map.entry("RTRIM", "rtrim"),
            Map.entry("SIGN", "sign"),
            Map.entry("SPLIT", "string_split"),
            Map.entry("SQRT", "sqrt"),
            Map.entry("STARTS_WITH", "starts_with"),
            Map.entry("STDDEV", "stddev"),
            Map.entry("STRING_AGG", "string_agg"),
            Map.entry("STRPOS", "strpos"),
            Map.entry("SUBSTR", "substr"),
            Map.entry("SUBSTRING", "substr"),
            Map.entry("SUM", "sum"),
            Map.entry("TO_BASE64", "to_base64"),
            Map.entry("TRIM", "trim"),
            Map.entry("TRUNC", "trunc"),
            Map.entry("UPPER", "upper"));

    private static final Set<String> PARTS =
            Set.of("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND");

    private final Tokens tokens;
    private final Expressions expressions;
    private final Selects selects;

    Functions(Tokens tokens, Expressions expressions, Selects selects) {
        this.tokens = tokens;
        this.expressions = expressions;
        this.selects = selects;
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
            case "NULL", "TRUE", "FALSE" -> {
                return tokens.next().upper();
            }
            case "CASE" -> {
                return caseOf();
            }
            case "EXISTS" -> {
                tokens.next();
                tokens.expect("(");
                String query = selects.query();
                tokens.expect(")");
                return "EXISTS (" + query + ")";
            }
            case "ARRAY" -> {
                return array();
            }
            case "STRUCT" -> {
                return struct();
            }
            case "INTERVAL" -> {
                return interval();
            }
            case "IF" -> {
                tokens.next();
                tokens.expect("(");
                return "if(" + expressions.list(")") + ")";
            }
            case "EXTRACT" -> {
                return extract();
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
        if (name.equals("CONCAT")) {
            // the engine's own leaves NULL out
            tokens.expect("(");
            return "(" + String.join(" || ", expressions.items(")")) + ")";
        }
        String function = SAME.get(name);
        if (function == null) {
            throw QueryErrors.invalidQuery("Function not found: " + name + " (or not known to the emulator)");
        }
        tokens.expect("(");
        StringBuilder call = new StringBuilder(function).append('(');
        if (tokens.take("DISTINCT")) {
            call.append("DISTINCT ");
        }
        if (tokens.take("*")) {
            call.append('*');
        } else {
            while (!tokens.is(")")) {
                call.append(expressions.expression());
                if (!tokens.take(",")) {
                    break;
                }
                call.append(", ");
            }
        }
        String filter = "";
        if (tokens.take("IGNORE", "NULLS")) {
            call.append(" IGNORE NULLS");
        } else {
            tokens.take("RESPECT", "NULLS");
        }
        if (tokens.take("ORDER", "BY")) {
            call.append(" ORDER BY ").append(selects.ordering());
        }
        if (tokens.take("LIMIT")) {
            filter = "[1:" + tokens.next().text() + "]";
        }
        tokens.expect(")");
        return call.append(')').append(filter).append(over()).toString();
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
                window.append(comma).append(expressions.expression());
                comma = ", ";
            } while (tokens.take(","));
        }
        if (tokens.take("ORDER", "BY")) {
            window.append(" ORDER BY ").append(selects.ordering());
        }
        if (tokens.is("ROWS") || tokens.is("RANGE")) {
            while (!tokens.is(")")) {
                window.append(' ').append(tokens.next().text());
            }
        }
        tokens.expect(")");
        return window.append(')').toString();
    }

    private String caseOf() {
        tokens.expect("CASE");
        StringBuilder text = new StringBuilder("CASE");
        if (!tokens.is("WHEN")) {
            text.append(' ').append(expressions.expression());
        }
        while (tokens.take("WHEN")) {
            text.append(" WHEN ").append(expressions.expression());
            tokens.expect("THEN");
            text.append(" THEN ").append(expressions.expression());
        }
        if (tokens.take("ELSE")) {
            text.append(" ELSE ").append(expressions.expression());
        }
        tokens.expect("END");
        return text.append(" END").toString();
    }

    private String array() {
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

    private String struct() {
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

    private String interval() {
        tokens.expect("INTERVAL");
        if (tokens.peek().kind() == Token.Kind.STRING) {
            String text = tokens.string();
            String from = tokens.name();
            if (tokens.take("TO")) {
                if (!from.equalsIgnoreCase("YEAR") || !tokens.take("SECOND")) {
                    throw tokens.unsupported("an INTERVAL literal other than YEAR TO SECOND");
                }
                return "CAST(" + Scalars.INTERVAL + "(" + Sql.text(text) + ") AS INTERVAL)";
            }
            return "to_" + from.toLowerCase(Locale.ROOT) + "s(CAST(" + Sql.text(text) + " AS BIGINT))";
        }
        String amount = expressions.expression();
        String part = tokens.name().toUpperCase(Locale.ROOT);
        if (!PARTS.contains(part)) {
            throw tokens.unsupported("INTERVAL … " + part);
        }
        return "to_" + part.toLowerCase(Locale.ROOT) + "s(" + amount + ")";
    }

    private String extract() {
        tokens.expect("EXTRACT", "(");
        String part = tokens.next().upper();
        tokens.expect("FROM");
        String value = expressions.expression();
        tokens.expect(")");
        return switch (part) {
            case "DATE" -> "CAST(" + value + " AS DATE)";
            case "DAYOFWEEK" -> "(dayofweek(" + value + ") + 1)";
            case "DAYOFYEAR" -> "dayofyear(" + value + ")";
            case "YEAR", "QUARTER", "MONTH", "DAY", "HOUR", "MINUTE" ->
                "CAST(" + part.toLowerCase(Locale.ROOT) + "(" + value + ") AS BIGINT)";
            default -> throw tokens.unsupported("EXTRACT(" + part + " …)");
        };
    }

    private String cast(boolean safe) {
        tokens.next();
        tokens.expect("(");
        String value = expressions.expression();
        tokens.expect("AS");
        String type = SqlType.read(tokens);
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
        String text = Sql.text(tokens.string());
        return type.equals("JSON") ? Scalars.json(text, "'exact'") : Scalars.cast(text, type);
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
        return Scalars.construct(name, arguments);
    }
}
