package dev.millrace.pipeline;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The type that an expression has to result in. The result is then read as the column's type, exactly: {@code 2.0} is
 * an INTEGER, {@code 1.5} is none.
 *
 * @param types the engine's types that the column's values may come from
 * @param words the same for an error
 */
record ExpressionType(Pattern types, String words) {
    private static final String NUMBER = "U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|DECIMAL\\(.*\\)|FLOAT|DOUBLE";

    static final ExpressionType CONDITION =
            new ExpressionType(Pattern.compile("BOOLEAN"), "an expression of type BOOLEAN");

    boolean takes(String type) {
        return types.matcher(type).matches();
    }

    /** @param column with an expression, so of a type that may have one */
    static ExpressionType of(Column column) {
        return switch (column.type()) {
            case INTEGER, NUMERIC, BIGNUMERIC, FLOAT -> type(NUMBER, "an expression that is a number");
            case BOOLEAN -> CONDITION;
            case STRING -> type("VARCHAR", "a text; CAST(… AS VARCHAR) makes one");
            case DATE -> type("DATE", "a DATE; CAST(… AS DATE) makes one");
            case TIME -> type("TIME", "a TIME; CAST(… AS TIME) makes one");
            case DATETIME -> type("TIMESTAMP", "a TIMESTAMP without time zone; CAST(… AS TIMESTAMP) makes one");
            case TIMESTAMP -> type("TIMESTAMP WITH TIME ZONE", "a TIMESTAMP WITH TIME ZONE; AT TIME ZONE makes one");
            case BYTES, INTERVAL, JSON, GEOGRAPHY, RECORD ->
                throw new IllegalArgumentException(column.name() + " has no expression");
        };
    }

    private static ExpressionType type(String types, String words) {
        return new ExpressionType(Pattern.compile(types), words);
    }

    /** Whether a column of the type may be derived. */
    static boolean isDerivable(Column.Type type) {
        return switch (type) {
            case INTEGER, NUMERIC, BIGNUMERIC, FLOAT, BOOLEAN, STRING, DATE, TIME, DATETIME, TIMESTAMP -> true;
            case BYTES, INTERVAL, JSON, GEOGRAPHY, RECORD -> false;
        };
    }

    /** The engine's type that a column has in an expression; empty when none can use it. */
    static Optional<String> operand(Column column) {
        if (column.mode() == Column.Mode.REPEATED) {
            return Optional.empty();
        }
        return switch (column.type()) {
            case INTEGER -> Optional.of("BIGINT");
            case NUMERIC ->
                Optional.of(
                        column.precision() == null
                                ? "DECIMAL(38, 9)"
                                : "DECIMAL(" + column.precision() + ", " + column.scale() + ")");
            case FLOAT -> Optional.of("DOUBLE");
            case BOOLEAN -> Optional.of("BOOLEAN");
            case STRING, JSON, GEOGRAPHY -> Optional.of("VARCHAR");
            case DATE -> Optional.of("DATE");
            case TIME -> Optional.of("TIME");
            case DATETIME -> Optional.of("TIMESTAMP");
            case TIMESTAMP -> Optional.of("TIMESTAMP WITH TIME ZONE");
            case BYTES -> Optional.of("BLOB");
            case BIGNUMERIC, INTERVAL, RECORD -> Optional.empty();
        };
    }
}
