package dev.millrace.emulator.bigquery.googlesql;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Casts, and functions that the engine has in another form. What the engine converts otherwise than BigQuery goes
 * through text, by functions in Java that {@link Conversions} has.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_functions">Conversion
 *     functions</a>
 */
final class Scalars {
    static final String INTERVAL = "gsql_interval";

    /** Templates; {@code %1$s} is the first argument. */
    private static final Map<String, String> TEMPLATES = Map.ofEntries(
            Map.entry("CURRENT_TIMESTAMP/0", "now()"),
            Map.entry("TIMESTAMP_TRUNC/2", "date_trunc('%2$s', %1$s)"),
            Map.entry("UNIX_MICROS/1", "epoch_us(%1$s)"),
            Map.entry("ST_ASTEXT/1", text("%1$s")),
            Map.entry("ST_GEOGFROMTEXT/1", "CAST(gsql_wkt(%1$s) AS GEOMETRY)"),
            Map.entry("ST_GEOGFROMGEOJSON/1", "CAST(gsql_geojson(%1$s) AS GEOMETRY)"),
            Map.entry("ST_GEOGFROM/1", "CAST(gsql_geography(%1$s) AS GEOMETRY)"),
            Map.entry("ROUND/1", "round(%1$s)"),
            Map.entry("ROUND/2", "round(%1$s, CAST(%2$s AS INTEGER))"),
            Map.entry("SAFE_DIVIDE/2", "(%1$s / nullif(%2$s, 0))"),
            Map.entry("TO_JSON_STRING/1", "CAST(to_json(%1$s) AS VARCHAR)"));

    /** Those that the engine has as BigQuery has them, with the types of their results. */
    static final Map<String, String> EXACT = Map.of(
            "CURRENT_TIMESTAMP", "TIMESTAMP",
            "TIMESTAMP_TRUNC", "TIMESTAMP",
            "UNIX_MICROS", "INTEGER",
            // as far as the emulator has GEOGRAPHY at all: the evaluator hasn't
            "ST_ASTEXT", "STRING",
            "ST_GEOGFROMTEXT", "GEOGRAPHY",
            "ST_GEOGFROMGEOJSON", "GEOGRAPHY",
            "ST_GEOGFROM", "GEOGRAPHY");

    /** The type of their first argument. */
    static final Map<String, String> ARGUMENT = Map.of(
            "TIMESTAMP_TRUNC", "TIMESTAMP",
            "UNIX_MICROS", "TIMESTAMP",
            "ST_ASTEXT", "GEOGRAPHY",
            "ST_GEOGFROMTEXT", "STRING",
            "ST_GEOGFROMGEOJSON", "STRING",
            "ST_GEOGFROM", "STRING");

    private static final Set<String> TRUNCATED = Set.of("DAY", "HOUR", "MINUTE", "SECOND");

    private static final Set<String> WITH_OPTIONS = Set.of("PARSE_JSON", "CONCAT");

    private Scalars() {}

    static boolean isConstructed(String function) {
        return WITH_OPTIONS.contains(function)
                || TEMPLATES.keySet().stream().anyMatch(key -> key.startsWith(function + "/"));
    }

    /** @param arguments named ones as {@code name=>value} */
    static String construct(Tokens tokens, String function, List<String> arguments) {
        if (function.equals("PARSE_JSON")) {
            String mode = "'exact'";
            for (String argument : arguments.subList(Math.min(1, arguments.size()), arguments.size())) {
                if (!argument.startsWith("wide_number_mode=>")) {
                    throw QueryErrors.invalidQuery("Named argument " + argument + " not found in signature for call to"
                            + " function PARSE_JSON");
                }
                mode = argument.substring("wide_number_mode=>".length());
            }
            return json(arguments.getFirst(), mode);
        }
        if (function.equals("CONCAT")) {
            return "(" + String.join(" || ", arguments) + ")"; // NULL if one of them is
        }
        String template = TEMPLATES.get(function + "/" + arguments.size());
        if (template == null || (function.equals("TIMESTAMP_TRUNC") && !TRUNCATED.contains(arguments.get(1)))) {
            throw tokens.unsupported("the function " + function + " with these arguments");
        }
        return String.format(Locale.ROOT, template, arguments.toArray());
    }

    static String json(String text, String mode) {
        return "CAST(gsql_json(" + text + ", " + mode + ") AS JSON)";
    }

    private static String text(String value) {
        return "gsql_string(typeof(" + value + "), CAST(" + value + " AS VARCHAR))";
    }

    /** @param type the engine's */
    static String cast(String value, String type) {
        if (value.equals("NULL")) { // the literal is of any type, also of those that nothing else can be cast to
            return "CAST(NULL AS " + type + ")";
        }
        String decimal = type.startsWith("DECIMAL") ? "DECIMAL" : type;
        return switch (decimal) {
            case "VARCHAR" -> text(value);
            case "BIGINT" -> convert("gsql_int64", value, type);
            case "DOUBLE" -> convert("gsql_float64", value, type);
            case "DECIMAL" -> convert("gsql_numeric", value, type);
            case "BIGNUM" -> convert("gsql_bignumeric", value, type);
            case "DATE" -> convert("gsql_date", value, type);
            case "TIME" -> convert("gsql_time", value, type);
            case "TIMESTAMP" -> convert("gsql_datetime", value, type);
            case "TIMESTAMPTZ" -> convert("gsql_timestamp", value, type);
            case "INTERVAL" -> "CAST(" + INTERVAL + "(CAST(" + value + " AS VARCHAR)) AS INTERVAL)";
            case "BLOB" -> "encode(" + value + ")";
            case "JSON", "GEOMETRY" ->
                throw QueryErrors.invalidQuery("Invalid cast to " + (type.equals("JSON") ? "JSON" : "GEOGRAPHY"));
            default -> "CAST(" + value + " AS " + type + ")";
        };
    }

    private static String convert(String function, String value, String type) {
        return "CAST(" + function + "(typeof(" + value + "), CAST(" + value + " AS VARCHAR)) AS " + type + ")";
    }
}
