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
            Map.entry("CURRENT_DATE/0", "CAST(now() AS DATE)"),
            Map.entry("CURRENT_DATETIME/0", "CAST(now() AS TIMESTAMP)"),
            Map.entry("DATE/1", "CAST(%1$s AS DATE)"),
            Map.entry("DATE/2", "CAST(timezone(%2$s, %1$s) AS DATE)"),
            Map.entry("DATE/3", "make_date(%1$s, %2$s, %3$s)"),
            Map.entry("DATETIME/1", "CAST(%1$s AS TIMESTAMP)"),
            Map.entry("DATETIME/2", "timezone(%2$s, %1$s)"),
            Map.entry("TIMESTAMP/1", "CAST(%1$s AS TIMESTAMPTZ)"),
            Map.entry("TIMESTAMP/2", "timezone(%2$s, CAST(%1$s AS TIMESTAMP))"),
            Map.entry("TIME/1", "CAST(%1$s AS TIME)"),
            Map.entry("TIMESTAMP_MICROS/1", "make_timestamptz(%1$s)"),
            Map.entry("TIMESTAMP_MILLIS/1", "make_timestamptz(%1$s * 1000)"),
            Map.entry("TIMESTAMP_SECONDS/1", "make_timestamptz(%1$s * 1000000)"),
            Map.entry("UNIX_MICROS/1", "epoch_us(%1$s)"),
            Map.entry("UNIX_MILLIS/1", "epoch_ms(%1$s)"),
            Map.entry("UNIX_SECONDS/1", "CAST(floor(epoch(%1$s)) AS BIGINT)"),
            Map.entry("DATE_ADD/2", "CAST(%1$s + %2$s AS DATE)"),
            Map.entry("DATE_SUB/2", "CAST(%1$s - %2$s AS DATE)"),
            Map.entry("DATETIME_ADD/2", "(%1$s + %2$s)"),
            Map.entry("DATETIME_SUB/2", "(%1$s - %2$s)"),
            Map.entry("TIMESTAMP_ADD/2", "(%1$s + %2$s)"),
            Map.entry("TIMESTAMP_SUB/2", "(%1$s - %2$s)"),
            Map.entry("DATE_TRUNC/2", "CAST(date_trunc('%2$s', %1$s) AS DATE)"),
            Map.entry("DATETIME_TRUNC/2", "date_trunc('%2$s', %1$s)"),
            Map.entry("TIMESTAMP_TRUNC/2", "date_trunc('%2$s', %1$s)"),
            Map.entry("DATE_DIFF/3", "date_diff('%3$s', %2$s, %1$s)"),
            Map.entry("DATETIME_DIFF/3", "date_diff('%3$s', %2$s, %1$s)"),
            Map.entry("TIMESTAMP_DIFF/3", "date_sub('%3$s', %2$s, %1$s)"),
            Map.entry("FORMAT_DATE/2", "strftime(%2$s, %1$s)"),
            Map.entry("FORMAT_DATETIME/2", "strftime(%2$s, %1$s)"),
            Map.entry("FORMAT_TIMESTAMP/2", "strftime(%2$s, %1$s)"),
            Map.entry("GENERATE_UUID/0", "CAST(uuid() AS VARCHAR)"),
            Map.entry("JSON_VALUE/2", "json_extract_string(%1$s, %2$s)"),
            Map.entry("JSON_QUERY/2", "json_extract(%1$s, %2$s)"),
            Map.entry("MD5/1", "from_hex(md5(%1$s))"),
            Map.entry("SHA256/1", "from_hex(sha256(%1$s))"),
            Map.entry("PARSE_NUMERIC/1", cast("%1$s", "DECIMAL(38,9)")),
            Map.entry("PARSE_BIGNUMERIC/1", cast("%1$s", "BIGNUM")),
            Map.entry("SAFE_DIVIDE/2", "(%1$s / nullif(%2$s, 0))"),
            Map.entry("ST_ASTEXT/1", text("%1$s")),
            Map.entry("ST_GEOGFROMTEXT/1", "CAST(gsql_wkt(%1$s) AS GEOMETRY)"),
            Map.entry("ST_GEOGFROMGEOJSON/1", "CAST(gsql_geojson(%1$s) AS GEOMETRY)"),
            Map.entry("ST_GEOGFROM/1", "CAST(gsql_geography(%1$s) AS GEOMETRY)"),
            Map.entry("STRING/1", text("%1$s")),
            Map.entry("TO_HEX/1", "lower(hex(%1$s))"),
            Map.entry("TO_JSON_STRING/1", "CAST(to_json(%1$s) AS VARCHAR)"));

    private static final Set<String> WITH_OPTIONS = Set.of("PARSE_JSON");

    private Scalars() {}

    static boolean isConstructed(String function) {
        return WITH_OPTIONS.contains(function)
                || TEMPLATES.keySet().stream().anyMatch(key -> key.startsWith(function + "/"));
    }

    /** @param arguments named ones as {@code name=>value} */
    static String construct(String function, List<String> arguments) {
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
        String template = TEMPLATES.get(function + "/" + arguments.size());
        if (template == null) {
            throw QueryErrors.invalidQuery("No matching signature for function " + function + " with "
                    + arguments.size() + " arguments (or not known to the emulator)");
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
