package dev.millrace.loader;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.TableRows;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoField;
import java.util.Set;
import java.util.regex.Pattern;

/** What columns can be compared with, whatever the warehouse: it would read some texts as other values. */
public final class FilterValues {
    private static final Set<String> COMPARED = Set.of(
            "INTEGER", "NUMERIC", "BIGNUMERIC", "FLOAT", "BOOLEAN", "STRING", "DATE", "TIME", "DATETIME", "TIMESTAMP");

    private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]{1,19}");
    private static final Pattern DECIMAL = Pattern.compile("[+-]?[0-9]{1,29}(\\.[0-9]{1,9})?");
    private static final Pattern BIG_DECIMAL = Pattern.compile("[+-]?[0-9]{1,38}(\\.[0-9]{1,38})?");
    private static final Pattern FLOAT = Pattern.compile("[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    private FilterValues() {}

    /** Whether values of the type have one order in every warehouse. */
    public static boolean isCompared(String type) {
        return COMPARED.contains(type);
    }

    /** @throws MillraceException with {@code REQUEST_INVALID} when the column can't be sorted by */
    public static void checkOrder(String column, String type) {
        if (!isCompared(type)) {
            throw invalid("sort: " + column + " is " + type + " (expected: a column of one of "
                    + COMPARED.stream().sorted().toList() + ")");
        }
    }

    /**
     * @param type of the column, by BigQuery's name
     * @throws MillraceException with {@code REQUEST_INVALID} when the condition makes no sense for the column
     */
    public static void check(TableRows.Filter filter, String type) {
        String what = "filter: " + filter.column() + " is " + type;
        switch (filter.operator()) {
            case NULL, NOT_NULL -> {
                return;
            }
            case LIKE -> {
                if (!type.equals("STRING")) {
                    throw invalid(what + " (expected: a STRING, beside like)");
                }
            }
            case EQ, NE, LT, LE, GT, GE, IN -> {
                if (!isCompared(type)) {
                    throw invalid(what + ", which is compared with nothing (expected: null or notnull)");
                }
            }
        }
        for (String value : filter.values()) {
            if (!fits(value, type)) {
                throw invalid(what + ", not '" + value + "' (expected: a value such as " + example(type) + ")");
            }
        }
    }

    private static boolean fits(String value, String type) {
        try {
            return switch (type) {
                case "INTEGER" -> WHOLE.matcher(value).matches() && new BigInteger(value).bitLength() < Long.SIZE;
                case "NUMERIC" -> DECIMAL.matcher(value).matches();
                case "BIGNUMERIC" -> BIG_DECIMAL.matcher(value).matches();
                case "FLOAT" -> FLOAT.matcher(value).matches();
                case "BOOLEAN" -> value.equals("true") || value.equals("false");
                case "DATE" -> LocalDate.parse(value).toString().equals(value);
                case "TIME" -> LocalTime.parse(value).get(ChronoField.NANO_OF_SECOND) % 1_000 == 0;
                case "DATETIME" -> LocalDateTime.parse(value).get(ChronoField.NANO_OF_SECOND) % 1_000 == 0;
                case "TIMESTAMP" -> OffsetDateTime.parse(value).get(ChronoField.NANO_OF_SECOND) % 1_000 == 0;
                default -> true;
            };
        } catch (DateTimeException e) {
            return false;
        }
    }

    private static String example(String type) {
        return switch (type) {
            case "INTEGER" -> "42";
            case "NUMERIC", "BIGNUMERIC", "FLOAT" -> "-1.5";
            case "BOOLEAN" -> "true";
            case "DATE" -> "2026-01-31";
            case "TIME" -> "08:30:00";
            case "DATETIME" -> "2026-01-31T08:30:00";
            case "TIMESTAMP" -> "2026-01-31T08:30:00Z";
            default -> "a text";
        };
    }

    public static MillraceException invalid(String detail) {
        return new MillraceException(ErrorCode.REQUEST_INVALID, detail);
    }

    /** @param columns of the table */
    public static MillraceException unknown(String what, String column, Iterable<String> columns) {
        return invalid(what + ": no column '" + column + "' (expected: one of " + String.join(", ", columns) + ")");
    }
}
