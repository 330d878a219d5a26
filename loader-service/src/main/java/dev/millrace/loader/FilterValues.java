package dev.millrace.loader;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.ComparableValues;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.TableRows;

/** What columns can be compared with, whatever the warehouse: it would read some texts as other values. */
public final class FilterValues {
    private FilterValues() {}

    /** Whether values of the type have one order in every warehouse. */
    public static boolean isCompared(String type) {
        return ComparableValues.TYPES.stream()
                .anyMatch(compared -> compared.name().equals(type));
    }

    /** @throws MillraceException with {@code REQUEST_INVALID} when the column can't be sorted by */
    public static void checkOrder(String column, String type) {
        if (!isCompared(type)) {
            throw invalid("sort: " + column + " is " + type + " (expected: a column of one of "
                    + ComparableValues.TYPES.stream().map(Enum::name).sorted().toList() + ")");
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
                throw invalid(what + ", not '" + value + "' (expected: a value such as "
                        + ComparableValues.example(Column.Type.valueOf(type)) + ")");
            }
        }
    }

    private static boolean fits(String value, String type) {
        return ComparableValues.fits(Column.Type.valueOf(type), value);
    }

    public static MillraceException invalid(String detail) {
        return new MillraceException(ErrorCode.REQUEST_INVALID, detail);
    }

    /** @param columns of the table */
    public static MillraceException unknown(String what, String column, Iterable<String> columns) {
        return invalid(what + ": no column '" + column + "' (expected: one of " + String.join(", ", columns) + ")");
    }
}
