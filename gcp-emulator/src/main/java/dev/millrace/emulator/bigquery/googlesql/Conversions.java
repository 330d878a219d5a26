package dev.millrace.emulator.bigquery.googlesql;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.duckdb.DuckDBFunctions;
import org.duckdb.DuckDBScalarFunctionBuilder;

/**
 * Conversions that the engine has not, or has otherwise, from text to text.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules">Conversion rules</a>
 */
public final class Conversions {
    /** Of the scaled integer: it is one of 256 bits. */
    private static final int BIGNUMERIC_BITS = 255;

    private static final BigDecimal NUMERIC_END = BigDecimal.TEN.pow(29);
    private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]+|[+-]?0[xX][0-9a-fA-F]+");
    private static final String DATE = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}";
    private static final String TIME = "[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\\.[0-9]{1,6})?";
    private static final String DATETIME = DATE + "([ Tt]" + TIME + ")?";
    private static final String TIMESTAMP = DATE + "([ Tt]" + TIME + "?)?( ?([Zz]|[+-][0-9]{1,2}(:?[0-9]{2})?|UTC))?";

    /** As a text of the engine; what {@code \s} is in its regular expressions. */
    private static final String BLANKS = "e' \\t\\n\\f\\r'";

    private static final Pattern INTERVAL = Pattern.compile(
            "(?<y>[+-]?[0-9]+)-(?<m>[0-9]+) (?<d>[+-]?[0-9]+) (?<t>[+-]?[0-9]+:[0-9]+:[0-9]+(\\.[0-9]{1,6})?)");
    private static final Pattern WKT = Pattern.compile(
            "(?i)\\s*(POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION)\\s*"
                    + "(EMPTY|\\(.*\\))\\s*");

    private Conversions() {}

    /** Makes the functions known to the whole database of a connection. */
    public static void register(Connection connection) throws SQLException {
        binary(connection, "gsql_string", Conversions::string);
        binary(connection, "gsql_int64", Conversions::int64);
        binary(connection, "gsql_float64", (type, text) -> plain(type, text));
        binary(connection, "gsql_numeric", Conversions::numeric);
        binary(connection, "gsql_bignumeric", Conversions::bignumeric);
        binary(connection, "gsql_json", StoredJson::of);
        unary(connection, Scalars.INTERVAL, Conversions::interval);
        unary(connection, "gsql_wkt", Conversions::wkt);
        unary(connection, "gsql_geojson", GeoJson::toWkt);
        unary(connection, "gsql_geography", text -> text.strip().startsWith("{") ? GeoJson.toWkt(text) : wkt(text));
        try (Statement statement = connection.createStatement()) {
            // the engine's sums of other types are others than BigQuery's, that of BIGNUMERIC by 10^38
            statement.execute(
                    "CREATE OR REPLACE MACRO gsql_integer(value) AS CASE WHEN typeof(value) = 'BIGINT' THEN value"
                            + " ELSE error('The emulator does not know + and - of ' || typeof(value) || ' here') END");
            statement.execute(checked("gsql_date", DATE, "date"));
            statement.execute(checked("gsql_time", TIME, "time"));
            statement.execute(checked("gsql_datetime", DATETIME, "datetime"));
            statement.execute(checked("gsql_timestamp", TIMESTAMP, "timestamp"));
        }
    }

    /** The engine reads these as BigQuery does, and more than BigQuery does. To trim takes longer than to match. */
    private static String checked(String name, String form, String type) {
        return "CREATE OR REPLACE MACRO " + name
                + "(type, text) AS CASE WHEN type <> 'VARCHAR' OR regexp_full_match(text, '" + form + "') THEN text"
                + " WHEN regexp_full_match(text, '\\s*(" + form + ")\\s*') THEN trim(text, " + BLANKS
                + ") WHEN text IS NOT NULL THEN error('Invalid " + type + " string \"' || text || '\"') END";
    }

    private static void unary(Connection connection, String name, UnaryOperator<String> function) throws SQLException {
        try (DuckDBScalarFunctionBuilder builder = DuckDBFunctions.scalarFunction()) {
            builder.withName(name)
                    .withParameter(String.class)
                    .withReturnType(String.class)
                    .withFunction((String text) -> text == null ? null : function.apply(text))
                    .register(connection);
        }
    }

    private static void binary(Connection connection, String name, BinaryOperator<String> function)
            throws SQLException {
        try (DuckDBScalarFunctionBuilder builder = DuckDBFunctions.scalarFunction()) {
            builder.withName(name)
                    .withParameters(String.class, String.class)
                    .withReturnType(String.class)
                    .withFunction((String first, String second) ->
                            first == null || second == null ? null : function.apply(first, second))
                    .register(connection);
        }
    }

    /** CAST(… AS STRING). */
    private static String string(String type, String text) {
        return switch (type) {
            case "BIGNUM", "DECIMAL(38,9)" -> plain(type, text);
            case "DOUBLE" -> floating(text);
            case "INTERVAL" -> Intervals.canonical(text);
            case "GEOMETRY" -> geography(text);
            default -> text;
        };
    }

    /** A number's digits, also of what is kept in another scale. */
    private static String plain(String type, String text) {
        if (type.equals("BIGNUM")) {
            return bignumeric(text);
        }
        return type.startsWith("DECIMAL") ? stripped(new BigDecimal(text)) : text;
    }

    /** From the engine's integer. */
    public static String bignumeric(String scaled) {
        return stripped(new BigDecimal(new BigInteger(scaled), 38));
    }

    /** As BigQuery writes it. */
    public static String geography(String text) {
        return text.replaceAll("([A-Z]) \\(", "$1(");
    }

    private static String stripped(BigDecimal value) {
        return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    }

    private static String floating(String text) {
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    private static String int64(String type, String text) {
        if (type.equals("VARCHAR")) {
            if (!INTEGER.matcher(text.strip()).matches()) {
                throw new IllegalArgumentException("Bad int64 value: " + text);
            }
            return text.strip();
        }
        if (type.equals("BOOLEAN")) {
            return text.equals("true") ? "1" : "0";
        }
        return decimal(plain(type, text), "int64")
                .setScale(0, RoundingMode.HALF_UP)
                .toPlainString();
    }

    private static String numeric(String type, String text) {
        BigDecimal value = decimal(plain(type, text), "NUMERIC").setScale(9, RoundingMode.HALF_UP);
        if (value.abs().compareTo(NUMERIC_END) >= 0) {
            throw new IllegalArgumentException("Invalid NUMERIC value: " + text);
        }
        return value.toPlainString();
    }

    /** Returns the engine's integer. */
    private static String bignumeric(String type, String text) {
        BigInteger scaled = decimal(plain(type, text), "BIGNUMERIC")
                .setScale(38, RoundingMode.HALF_UP)
                .unscaledValue();
        if (scaled.bitLength() > BIGNUMERIC_BITS) {
            throw new IllegalArgumentException("Invalid BIGNUMERIC value: " + text);
        }
        return scaled.toString();
    }

    private static BigDecimal decimal(String text, String type) {
        try {
            return new BigDecimal(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("Invalid " + type + " value: " + text);
        }
    }

    /** From BigQuery's canonical form to the engine's. */
    private static String interval(String text) {
        Matcher matcher = INTERVAL.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("Invalid INTERVAL value '" + text + "'");
        }
        String sign = matcher.group("y").startsWith("-") ? "-" : "";
        return matcher.group("y") + " years " + sign + matcher.group("m") + " months " + matcher.group("d") + " days "
                + matcher.group("t");
    }

    private static String wkt(String text) {
        if (!WKT.matcher(text).matches()) {
            throw new IllegalArgumentException("ST_GeogFromText failed: Invalid WKT: " + text);
        }
        return text.strip().toUpperCase(Locale.ROOT);
    }
}
