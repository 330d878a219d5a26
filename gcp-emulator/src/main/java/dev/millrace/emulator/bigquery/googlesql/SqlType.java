package dev.millrace.emulator.bigquery.googlesql;

import java.util.Locale;
import java.util.Map;

/**
 * Types of GoogleSQL and of the engine.
 *
 * <p>BIGNUMERIC is kept as the integer that is 10^38 times as large, GEOGRAPHY as GEOMETRY: so all of GoogleSQL's types
 * are different types of the engine too, and values keep all of their digits.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types">Data types</a>
 */
final class SqlType {
    private static final Map<String, String> ENGINE = Map.ofEntries(
            Map.entry("INT64", "BIGINT"),
            Map.entry("INT", "BIGINT"),
            Map.entry("SMALLINT", "BIGINT"),
            Map.entry("INTEGER", "BIGINT"),
            Map.entry("BIGINT", "BIGINT"),
            Map.entry("TINYINT", "BIGINT"),
            Map.entry("BYTEINT", "BIGINT"),
            Map.entry("FLOAT64", "DOUBLE"),
            Map.entry("NUMERIC", "DECIMAL(38,9)"),
            Map.entry("DECIMAL", "DECIMAL(38,9)"),
            Map.entry("BIGNUMERIC", "BIGNUM"),
            Map.entry("BIGDECIMAL", "BIGNUM"),
            Map.entry("BOOL", "BOOLEAN"),
            Map.entry("BOOLEAN", "BOOLEAN"),
            Map.entry("STRING", "VARCHAR"),
            Map.entry("BYTES", "BLOB"),
            Map.entry("DATE", "DATE"),
            Map.entry("DATETIME", "TIMESTAMP"),
            Map.entry("TIME", "TIME"),
            Map.entry("TIMESTAMP", "TIMESTAMPTZ"),
            Map.entry("INTERVAL", "INTERVAL"),
            Map.entry("JSON", "JSON"),
            Map.entry("GEOGRAPHY", "GEOMETRY"));

    private SqlType() {}

    /** Reads a type and returns the engine's. */
    static String read(Tokens tokens) {
        if (tokens.take("ARRAY")) {
            tokens.expect("<");
            String element = read(tokens);
            close(tokens);
            return element + "[]";
        }
        if (tokens.take("STRUCT")) {
            return struct(tokens);
        }
        // INTERVAL is a reserved word
        String name =
                tokens.is("INTERVAL") ? tokens.next().upper() : tokens.name().toUpperCase(Locale.ROOT);
        String type = ENGINE.get(name);
        if (type == null) {
            throw tokens.unsupported("the type " + name);
        }
        return tokens.take("(") ? parameterized(tokens, type) : type;
    }

    private static String parameterized(Tokens tokens, String type) {
        String first = tokens.next().text();
        String second = tokens.take(",") ? tokens.next().text() : "0";
        tokens.expect(")");
        // text and bytes are not cut by their length in an expression
        return type.startsWith("DECIMAL") ? "DECIMAL(" + first + "," + second + ")" : type;
    }

    private static String struct(Tokens tokens) {
        StringBuilder type = new StringBuilder("STRUCT(");
        tokens.expect("<");
        do {
            String name = tokens.name();
            type.append(type.length() > 7 ? ", " : "")
                    .append(Sql.name(name))
                    .append(' ')
                    .append(read(tokens));
        } while (tokens.take(","));
        close(tokens);
        return type.append(')').toString();
    }

    /** {@code >>} is a symbol of its own, and may close two. */
    private static void close(Tokens tokens) {
        if (!tokens.takeHalf(">>")) {
            tokens.expect(">");
        }
    }
}
