package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The rules over what a {@link Column} says of its values: each has to matter for the type. */
final class ValueRules {
    private static final String ONLY_NUMERIC = "nothing: only NUMERIC and BIGNUMERIC have precision and scale";

    private static final Set<Column.Type> TIMES =
            EnumSet.of(Column.Type.DATE, Column.Type.TIME, Column.Type.DATETIME, Column.Type.TIMESTAMP);

    private ValueRules() {}

    static void check(Checks checks, Column column) {
        Column.Type type = column.type();
        List<String> format = column.format();
        ZoneId timezone = column.timezone();
        String defaultValue = column.defaultValue();
        checks.that(
                format.isEmpty() || TIMES.contains(type),
                "format",
                format,
                "nothing: only DATE, TIME, DATETIME and TIMESTAMP have a format");
        TimeFormat.check(checks, format);
        if (column.texts() != null) {
            column.texts().checkFor(checks, column);
        }
        checkEpoch(checks, column);
        checks.that(
                column.excess() == Excess.REJECT || hasDigits(column),
                "excess",
                word(column.excess()),
                "reject: only INTEGER, NUMERIC, BIGNUMERIC, TIME, DATETIME, TIMESTAMP and a DATE with a timezone are"
                        + " made of more digits than they keep");
        checks.that(
                timezone == null || (TIMES.contains(type) && type != Column.Type.TIMESTAMP),
                "timezone",
                String.valueOf(timezone),
                "nothing: only DATE, TIME and DATETIME are stored in a time zone");
        checks.that(
                defaultValue == null || fits(defaultValue, type),
                "default",
                String.valueOf(defaultValue),
                type == Column.Type.RECORD
                        ? "nothing: the fields of a RECORD have defaults"
                        : "a value of type " + type);
        checkDigits(checks, column);
    }

    private static void checkEpoch(Checks checks, Column column) {
        Epoch epoch = column.epoch();
        if (epoch == null) {
            return;
        }
        Column.Type type = column.type();
        checks.that(
                TIMES.contains(type) && type != Column.Type.TIME,
                "epoch",
                word(epoch),
                "nothing: only DATE, DATETIME and TIMESTAMP are made of a number since 1970");
        checks.that(
                column.format().isEmpty(), "format", column.format(), "nothing beside epoch: the value is a number");
        checks.that(
                (type != Column.Type.DATE && type != Column.Type.DATETIME) || column.timezone() != null,
                "timezone",
                "nothing",
                "a time zone beside epoch, such as UTC: a number since 1970 is a moment");
    }

    /** Whether values may come with more digits than the column keeps, and mean something without them. */
    private static boolean hasDigits(Column column) {
        return switch (column.type()) {
            case INTEGER, NUMERIC, BIGNUMERIC, TIME, DATETIME, TIMESTAMP -> column.metadata() == null;
            case DATE -> column.timezone() != null;
            case FLOAT, BOOLEAN, STRING, BYTES, INTERVAL, JSON, GEOGRAPHY, RECORD -> false;
        };
    }

    /** As the pipeline file has it. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** Only what can be said without the column's formats; the transformer checks the rest. */
    static boolean fits(String value, Column.Type type) {
        return switch (type) {
            case INTEGER -> value.matches("[+-]?[0-9]{1,19}");
            case NUMERIC, BIGNUMERIC, FLOAT -> value.matches("[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
            case BOOLEAN -> value.matches("true|false");
            case DATE, TIME, DATETIME, TIMESTAMP, INTERVAL -> value.matches(".*[0-9].*");
            case STRING, BYTES, JSON, GEOGRAPHY -> true;
            case RECORD -> false;
        };
    }

    private static void checkDigits(Checks checks, Column column) {
        Integer precision = column.precision();
        Integer scale = column.scale();
        switch (column.type()) {
            case NUMERIC -> checkDigits(checks, column.type(), precision, scale, 29, 9);
            case BIGNUMERIC -> checkDigits(checks, column.type(), precision, scale, 38, 38);
            case INTEGER,
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
                    GEOGRAPHY,
                    RECORD -> {
                checks.that(precision == null, "precision", String.valueOf(precision), ONLY_NUMERIC);
                checks.that(scale == null, "scale", String.valueOf(scale), ONLY_NUMERIC);
            }
        }
    }

    /** The limits of parameters, https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#parameterized_decimal_type */
    private static void checkDigits(
            Checks checks,
            Column.Type type,
            @Nullable Integer precision,
            @Nullable Integer scale,
            int whole,
            int fraction) {
        if (precision == null || scale == null) {
            checks.that(precision == null, "precision", String.valueOf(precision), "a scale beside it");
            checks.that(scale == null, "scale", String.valueOf(scale), "a precision beside it");
            return;
        }
        checks.that(scale >= 0 && scale <= fraction, "scale", scale, "0 to " + fraction);
        checks.that(
                precision >= Math.max(1, scale) && precision <= scale + whole,
                "precision",
                precision,
                "the scale to the scale + " + whole + ", BigQuery's limits of " + type);
    }
}
