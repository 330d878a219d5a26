package dev.millrace.loader.duckdb;

import java.math.BigDecimal;

/** A type of single values in a query's answer, and how they become text without losing anything. */
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
    JSON;

    private static final int NUMERIC_DIGITS = 29;
    private static final int NUMERIC_SCALE = 9;

    /** @param type as the engine names it */
    static Value of(String type) {
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
            case INTERVAL -> interval(written);
            case INTEGER, BOOLEAN, STRING, BYTES, DATE, JSON -> written;
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

    /** Of {@code -1 years 2 months -3 days -04:05:06.5}, each part only if it isn't zero. */
    private static String interval(String written) {
        long months = 0;
        String days = "0";
        String time = "00:00:00";
        String[] words = written.split(" ", -1);
        for (int i = 0; i + 1 < words.length; i += 2) {
            switch (words[i + 1].charAt(0)) {
                case 'y' -> months += 12 * Long.parseLong(words[i]);
                case 'm' -> months += Long.parseLong(words[i]);
                default -> days = words[i];
            }
        }
        if (words.length % 2 == 1) {
            time = words[words.length - 1];
        }
        String sign = time.startsWith("-") ? "-" : "";
        String[] clock = time.substring(sign.length()).split(":", -1);
        String seconds = clock[2].replaceFirst("^0(?=[0-9])", "");
        return (months < 0 ? "-" : "") + Math.abs(months) / 12 + "-" + Math.abs(months) % 12 + " " + days + " " + sign
                + Long.parseLong(clock[0]) + ":" + Long.parseLong(clock[1]) + ":" + seconds;
    }
}
