package dev.millrace.sql;

import static java.util.stream.Collectors.toUnmodifiableSet;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.json.tree.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The check of an expression's parse tree, which lets through what is known to be harmless, and nothing else: a node,
 * function or type that it has never heard of is refused. For one expression.
 */
final class ExpressionCheck {
    /** Pure functions of their arguments; the engine's catalogue calls others pure that look at the clock. */
    private static final Set<String> FUNCTIONS = words(
            "+ - * / // % ** ^ & | << >> || ~ ^@ ~~ !~~ ~~* !~~* ~~~",
            "like_escape not_like_escape ilike_escape not_ilike_escape",
            "if nullif greatest least",
            "abs sign ceil ceiling floor trunc round round_even mod fmod gcd lcm sqrt cbrt exp ln log log10 log2 pow power",
            "pi degrees radians sin cos tan cot asin acos atan atan2 isnan isinf isfinite xor bit_count",
            "lower lcase upper ucase trim ltrim rtrim length len char_length character_length strlen octet_length",
            "left right substr substring replace translate reverse concat concat_ws lpad rpad split_part",
            "contains starts_with ends_with prefix suffix strpos instr position ascii ord unicode chr",
            "regexp_matches regexp_full_match regexp_extract regexp_replace regexp_escape",
            "strip_accents nfc_normalize levenshtein md5 sha1 sha256 hex unhex to_hex from_hex",
            "base64 to_base64 from_base64 encode decode url_encode url_decode",
            "date_part datepart date_trunc datetrunc date_diff datediff date_sub datesub date_add time_bucket",
            "year quarter month week day hour minute second millisecond microsecond isoyear isodow yearweek",
            "dayofweek dayofmonth dayofyear weekday weekofyear dayname monthname last_day",
            "make_date make_time make_timestamp epoch epoch_ms epoch_us to_timestamp timezone",
            "strftime strptime try_strptime",
            "to_years to_quarters to_months to_weeks to_days to_hours to_minutes to_seconds",
            "to_milliseconds to_microseconds");

    /** Their second argument is a length, which the engine would fill whatever its memory limit says. */
    private static final Set<String> PADDING = words("lpad rpad");

    private static final int MAX_PADDING = 1_000;

    /** Types of one value that the engine has no way to read wrongly, in lower case. */
    private static final Set<String> TYPES = Stream.concat(
                    Stream.of("timestamp with time zone", "double precision"),
                    words(
                            "boolean bool logical tinyint int1 smallint int2 short integer int int4 signed bigint int8 long",
                            "hugeint int128 decimal numeric dec real float4 float double float8 varchar char",
                            "bpchar text string blob bytea binary varbinary date time timestamp datetime",
                            "timestamptz interval")
                            .stream())
            .collect(toUnmodifiableSet());

    private static final Set<String> OPERATORS = Set.of(
            "OPERATOR_NOT",
            "OPERATOR_IS_NULL",
            "OPERATOR_IS_NOT_NULL",
            "OPERATOR_COALESCE",
            "OPERATOR_TRY",
            "COMPARE_IN",
            "COMPARE_NOT_IN");

    private static final String ONE_ROW = ": an expression sees one row and nothing else";

    private final BindingEngine engine;
    private final String before;
    private final String sql;
    private final Scope scope;
    private final Set<String> columns = new TreeSet<>();

    /** @param before what stands before the expression in the text that was parsed */
    ExpressionCheck(BindingEngine engine, String before, String sql, Scope scope) {
        this.engine = engine;
        this.before = before;
        this.sql = sql;
        this.scope = scope;
    }

    private static Set<String> words(String... lines) {
        return Arrays.stream(lines)
                .flatMap(line -> Arrays.stream(line.split(" ")))
                .collect(toUnmodifiableSet());
    }

    /** The columns that the only expression of the statement uses. */
    Set<String> columnsOf(JsonNode select) throws InvalidExpression {
        JsonNode plain = plainSelect();
        for (Map.Entry<String, JsonNode> entry : select.entries()) {
            if (!entry.getKey().equals("select_list") && !entry.getValue().equals(plain.get(entry.getKey()))) {
                throw new InvalidExpression(sql, "one scalar SQL expression");
            }
        }
        if (select.size() != plain.size() || select.get("select_list").size() != 1) {
            throw new InvalidExpression(sql, "one scalar SQL expression");
        }
        check(select.get("select_list").get(0));
        return columns;
    }

    /** A SELECT with an expression and none of all the other things that it may have, whichever those are. */
    private JsonNode plainSelect() {
        return switch (engine.parse("SELECT (1)")) {
            case ParseTree.Select(JsonNode select) -> select;
            case ParseTree.Statements _, ParseTree.NoSelect _, ParseTree.Malformed _, ParseTree.TooDeep _ ->
                throw new IllegalStateException("the engine can't parse SELECT (1)");
        };
    }

    private void check(@Nullable JsonNode node) throws InvalidExpression {
        if (node == null) {
            return;
        }
        if (node.isArray()) {
            for (JsonNode item : node.values()) {
                check(item);
            }
        } else if (node.isObject()) {
            if (node.get("class") != null) {
                checkNode(node);
            }
            for (Map.Entry<String, JsonNode> entry : node.entries()) {
                check(entry.getValue());
            }
        }
    }

    private void checkNode(JsonNode node) throws InvalidExpression {
        switch (ParseTree.text(node, "class")) {
            case "CONSTANT", "COMPARISON", "CONJUNCTION", "CASE", "BETWEEN", "CAST" -> {
                // they only hold others
            }
            case "COLUMN_REF" -> checkColumn(node);
            case "FUNCTION" -> checkFunction(node);
            case "OPERATOR" -> {
                if (!OPERATORS.contains(ParseTree.text(node, "type"))) {
                    throw refused(node, "an expression without arrays, structs and grouping");
                }
            }
            case "TYPE" -> {
                String name = ParseTree.text(node, "type_name").toLowerCase(Locale.ROOT);
                if (!TYPES.contains(name) || !ParseTree.text(node, "schema").isEmpty()) {
                    throw refused(node, "a type of single values, such as BIGINT, DECIMAL(10, 2), VARCHAR or DATE");
                }
            }
            case "SUBQUERY" -> throw refused(node, "no subquery" + ONE_ROW);
            case "WINDOW" -> throw refused(node, "no window function" + ONE_ROW);
            case "STAR", "POSITIONAL_REFERENCE" -> throw refused(node, "names of columns");
            case "PARAMETER" -> throw refused(node, "no parameter: an expression is complete");
            case "LAMBDA" -> throw refused(node, "neither a lambda nor a path into JSON; the schema has paths: from");
            default -> throw refused(node, "columns, constants, operators and scalar functions");
        }
    }

    private void checkColumn(JsonNode node) throws InvalidExpression {
        JsonNode names = node.get("column_names");
        String name = names.get(0).getStringValue();
        if (names.size() != 1) {
            throw refused(node, "the name of a column alone; the schema has paths: from");
        }
        String other = scope.others().get(name);
        if (other != null) {
            throw refused(node, other);
        }
        columns.add(scope.columns().keySet().stream()
                .filter(name::equalsIgnoreCase)
                .findFirst()
                .orElseThrow(() -> refused(node, scope.expected())));
    }

    private void checkFunction(JsonNode node) throws InvalidExpression {
        String name = ParseTree.text(node, "function_name").toLowerCase(Locale.ROOT);
        if (!FUNCTIONS.contains(name) || node.get("qualified_name").get("path").size() != 1) {
            throw refused(
                    node,
                    switch (String.valueOf(engine.kindOf(name))) {
                        case "aggregate" -> "no aggregate" + ONE_ROW;
                        case "table", "table_macro" -> "no table function" + ONE_ROW;
                        case "null" -> "a function that there is";
                        default -> "one of the functions that an expression may use; see the chapter on expressions";
                    });
        }
        boolean plain = node.get("filter").isNull()
                && node.get("order_bys").get("orders").size() == 0
                && !node.get("distinct").getBooleanValue();
        JsonNode arguments = node.get("arguments");
        for (JsonNode argument : arguments.values()) {
            plain &= ParseTree.text(argument, "name").isEmpty();
        }
        if (!plain) {
            throw refused(node, "arguments without names, FILTER, ORDER BY and DISTINCT");
        }
        if (PADDING.contains(name) && arguments.size() > 1) {
            checkPadding(node, arguments.get(1).get("expression"));
        }
    }

    private void checkPadding(JsonNode node, JsonNode length) throws InvalidExpression {
        JsonNode literal = length.get("literal");
        if (literal == null
                || !ParseTree.text(literal, "kind").equals("INTEGER")
                || !ParseTree.text(literal, "text").matches("[0-9]{1,4}")
                || Integer.parseInt(ParseTree.text(literal, "text")) > MAX_PADDING) {
            throw refused(node, "a length that is a number of up to " + MAX_PADDING);
        }
    }

    private InvalidExpression refused(JsonNode node, String expected) {
        return new InvalidExpression(fragment(node), expected);
    }

    /** Where the engine says that the node stands, in bytes; of a node without a place the whole expression. */
    private String fragment(JsonNode node) {
        byte[] text = (before + sql).getBytes(StandardCharsets.UTF_8);
        long start = number(node, "query_location");
        long length = number(node, "query_location_length");
        return start < before.length() || length < 1 || start + length > text.length
                ? sql
                : new String(text, (int) start, (int) length, StandardCharsets.UTF_8);
    }

    private static long number(JsonNode node, String field) {
        JsonNode value = node.get(field);
        return value == null || !value.isNumber() ? -1 : value.getNumberValue().longValue();
    }
}
