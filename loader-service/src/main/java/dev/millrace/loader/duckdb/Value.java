package dev.millrace.loader.duckdb;

import java.math.BigDecimal;

/** A type of a query's answer, and how its values become text without losing anything. */
enum Value {
    INTEGER,
    NUMERIC,
    BIGNUMERIC,
    FLOAT,
    BOOLEAN,
    STRING,
    BYTES,
    DATE,
    TIME,
    DATETIME,
    TIMESTAMP,
    INTERVAL,
    JSON,
    /** Arrays, structures and maps. */
    NESTED;

    private static final int NUMERIC_DIGITS = 29;
    private static final int NUMERIC_SCALE = 9;

    /** @param type as the engine names it */
    static Value of(String type) {
        if (type.endsWith("]") || type.startsWith("STRUCT(") || type.startsWith("MAP(") || type.startsWith("UNION(")) {
            return NESTED;
        }
        if (type.startsWith("DECIMAL(")) {
            String[] digits =
                    type.substring("DECIMAL(".length(), type.length() - 1).split(",", -1);
            int scale = Integer.parseInt(digits[1].strip());
            return scale <= NUMERIC_SCALE && Integer.parseInt(digits[0].strip()) - scale <= NUMERIC_DIGITS
                    ? NUMERIC
                    : BIGNUMERIC;
        }
        return switch (type) {
            case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER" -> INTEGER;
            case "UBIGINT", "HUGEINT", "UHUGEINT", "BIGNUM" -> BIGNUMERIC;
            case "FLOAT", "DOUBLE" -> FLOAT;
            case "BOOLEAN" -> BOOLEAN;
            case "BLOB" -> BYTES;
            case "DATE" -> DATE;
            case "TIME", "TIME_NS" -> TIME;
            case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS" -> DATETIME;
            case "TIMESTAMP WITH TIME ZONE" -> TIMESTAMP;
            case "INTERVAL" -> INTERVAL;
            case "JSON" -> JSON;
            default -> STRING; // VARCHAR, enumerations, UUID and the like are what their text is
        };
    }

    /** BigQuery's name; it has no type of nested values that isn't declared, so they are JSON. */
    String type() {
        return this == NESTED ? JSON.name() : name();
    }

    /** SQL that turns the column into text. */
    String sql(String column) {
        return switch (this) {
            case BYTES -> "base64(" + column + ")";
            case NESTED -> "CAST(to_json(" + column + ") AS VARCHAR)";
            case INTEGER,
                    NUMERIC,
                    BIGNUMERIC,
                    FLOAT,
                    BOOLEAN,
                    STRING,
                    DATE,
                    TIME,
                    DATETIME,
                    TIMESTAMP,
                    INTERVAL,
                    JSON -> "CAST(" + column + " AS VARCHAR)";
        };
    }

    /** BigQuery's way of writing what the engine wrote. */
    String text(String written) {
        return switch (this) {
            case NUMERIC, BIGNUMERIC -> plain(written);
            case FLOAT ->
                switch (written) {
                    case "nan" -> "NaN";
                    case "inf" -> "Infinity";
                    case "-inf" -> "-Infinity";
                    default -> written;
                };
            case TIME -> micros(written);
            case DATETIME -> micros(written.replaceFirst(" ", "T"));
            case TIMESTAMP -> micros(written.replaceFirst(" ", "T").replaceFirst("\\+00$", "")) + "Z";
            case INTEGER, BOOLEAN, STRING, BYTES, DATE, INTERVAL, JSON, NESTED -> written;
        };
    }

    private static String plain(String number) {
        BigDecimal stripped = new BigDecimal(number).stripTrailingZeros();
        return stripped.toPlainString();
    }

    /** The engine leaves out the zeros at the end of a second's fraction. */
    private static String micros(String written) {
        int point = written.lastIndexOf('.');
        int missing = point < 0 ? 0 : 6 - (written.length() - point - 1);
        return missing > 0 ? written + "0".repeat(missing) : written;
    }
}
