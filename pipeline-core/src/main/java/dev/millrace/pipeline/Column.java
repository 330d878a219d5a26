package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One column of the table, and where its value comes from.
 *
 * @param from dotted path in the record; null: the field of the column's name
 * @param format how a date or time is written, tried in order; empty: ISO 8601. BigQuery's format elements,
 *     https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements
 * @param timezone for DATE, TIME and DATETIME: the value is a moment, and its wall clock in this zone is stored;
 *     null: the value has no zone and is stored as written
 * @param sourceTimezone of values that name a moment without saying their offset
 * @param defaultValue stands in for a missing or null value, written as the source would; null: none
 * @param precision of NUMERIC, null exactly when the scale is: 38
 * @param scale of NUMERIC, null: 9
 */
@Serdeable
@Doc("A column.")
public record Column(
        @Doc("Name of the column.") String name,
        @Doc("BigQuery's type.") Type type,

        @Default("NULLABLE") @Doc("Whether the column may be NULL.")
        Mode mode,

        @Doc("Path of the value in the record, for example admission.date; by default the column's name.") @Nullable
        String from,

        @Default("[]") @Doc("How a date or time is written, for example %d/%m/%Y; several are tried in order.")
        List<String> format,

        @Doc("Time zone in which a moment's date or time is stored.") @Nullable
        ZoneId timezone,

        @Default("UTC") @Doc("Time zone of moments that come without an offset.")
        ZoneId sourceTimezone,

        @Key("default") @Doc("Value that stands in for a missing one.") @Nullable
        String defaultValue,

        @Default("reject") @Doc("Whether a value that doesn't fit rejects the record or becomes NULL.")
        OnError onError,

        @Doc("Digits of a NUMERIC, up to 29 before the point; 38 without precision and scale.") @Nullable
        Integer precision,

        @Doc("Digits of a NUMERIC after the point, 0 to 9, beside a precision; 9 without both.") @Nullable
        Integer scale,

        @Doc("What the column holds.") @Nullable String description) {

    /** https://cloud.google.com/bigquery/docs/schemas#column_names; prefixes that BigQuery keeps for itself */
    private static final Pattern NAME = Pattern.compile(
            "(?i)(?!_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER)[a-z_][a-z0-9_]{0,299}");

    private static final String ONLY_NUMERIC = "nothing: only NUMERIC has precision and scale";

    private static final Set<Type> TIMES = EnumSet.of(Type.DATE, Type.TIME, Type.DATETIME, Type.TIMESTAMP);

    public Column {
        Checks checks = new Checks();
        checks.that(
                NAME.matcher(name).matches(),
                "name",
                name,
                "a letter or _, then letters, digits and _, 300 at most, with none of BigQuery's reserved prefixes");
        if (from != null) {
            Paths.check(checks, "from", from);
        }
        format = List.copyOf(format);
        checks.that(
                format.isEmpty() || TIMES.contains(type),
                "format",
                format,
                "nothing: only DATE, TIME, DATETIME and TIMESTAMP have a format");
        TimeFormat.check(checks, format);
        checks.that(
                timezone == null || (TIMES.contains(type) && type != Type.TIMESTAMP),
                "timezone",
                String.valueOf(timezone),
                "nothing: only DATE, TIME and DATETIME are stored in a time zone");
        checks.that(
                mode != Mode.REQUIRED || onError != OnError.NULL, "onError", "null", "reject: the column is REQUIRED");
        checks.that(
                defaultValue == null || fits(defaultValue, type),
                "default",
                String.valueOf(defaultValue),
                "a value of type " + type);
        if (type != Type.NUMERIC) {
            checks.that(precision == null, "precision", String.valueOf(precision), ONLY_NUMERIC);
            checks.that(scale == null, "scale", String.valueOf(scale), ONLY_NUMERIC);
        } else if (precision != null && scale != null) {
            checks.that(scale >= 0 && scale <= 9, "scale", scale, "0 to 9");
            checks.that(
                    precision >= Math.max(1, scale) && precision <= scale + 29,
                    "precision",
                    precision,
                    "the scale to the scale + 29, BigQuery's limits of NUMERIC");
        } else {
            checks.that(precision == null, "precision", String.valueOf(precision), "a scale beside it");
            checks.that(scale == null, "scale", String.valueOf(scale), "a precision beside it");
        }
        checks.done();
    }

    /** Only what can be said without the column's formats; the transformer checks the rest. */
    private static boolean fits(String value, Type type) {
        return switch (type) {
            case INTEGER -> value.matches("[+-]?[0-9]{1,19}");
            case NUMERIC, FLOAT -> value.matches("[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
            case BOOLEAN -> value.matches("true|false");
            case DATE, TIME, DATETIME, TIMESTAMP -> value.matches(".*[0-9].*");
            case STRING, JSON -> true;
        };
    }

    /** Dotted path of the value in the record. */
    public String path() {
        return from == null ? name : from;
    }

    /** BigQuery's types, https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types */
    @UpperCase
    public enum Type {
        INTEGER,
        NUMERIC,
        FLOAT,
        BOOLEAN,
        STRING,
        DATE,
        TIME,
        DATETIME,
        TIMESTAMP,
        JSON
    }

    @UpperCase
    public enum Mode {
        NULLABLE,
        REQUIRED
    }

    /** What becomes of a value that doesn't fit its column. */
    public enum OnError {
        /** The whole record goes to the rejects. */
        REJECT,
        /** The value becomes NULL and is counted as a warning. */
        NULL
    }
}
