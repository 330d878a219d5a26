package dev.millrace.pipeline;

import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoField;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;

/** Texts as values of the types that every warehouse compares in the same way: it would read some texts as other values. */
public final class ComparableValues {
    /** The types whose values have one order in every warehouse. */
    public static final Set<Column.Type> TYPES = Collections.unmodifiableSet(EnumSet.of(
            Column.Type.INTEGER,
            Column.Type.NUMERIC,
            Column.Type.BIGNUMERIC,
            Column.Type.FLOAT,
            Column.Type.BOOLEAN,
            Column.Type.STRING,
            Column.Type.DATE,
            Column.Type.TIME,
            Column.Type.DATETIME,
            Column.Type.TIMESTAMP));

    private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]{1,19}");
    private static final Pattern DECIMAL = Pattern.compile("[+-]?[0-9]{1,29}(\\.[0-9]{1,9})?");
    private static final Pattern BIG_DECIMAL = Pattern.compile("[+-]?[0-9]{1,38}(\\.[0-9]{1,38})?");
    private static final Pattern FLOAT = Pattern.compile("[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    private ComparableValues() {}

    /** Whether the text is exactly a value of the type; false for all other types. */
    public static boolean fits(Column.Type type, String text) {
        try {
            return switch (type) {
                case INTEGER -> WHOLE.matcher(text).matches() && new BigInteger(text).bitLength() < Long.SIZE;
                case NUMERIC -> DECIMAL.matcher(text).matches();
                case BIGNUMERIC -> BIG_DECIMAL.matcher(text).matches();
                case FLOAT -> FLOAT.matcher(text).matches() && Double.isFinite(Double.parseDouble(text));
                case BOOLEAN -> text.equals("true") || text.equals("false");
                case STRING -> true;
                case DATE -> LocalDate.parse(text).toString().equals(text);
                case TIME -> LocalTime.parse(text).get(ChronoField.NANO_OF_SECOND) % 1_000 == 0;
                case DATETIME -> LocalDateTime.parse(text).get(ChronoField.NANO_OF_SECOND) % 1_000 == 0;
                case TIMESTAMP -> OffsetDateTime.parse(text).get(ChronoField.NANO_OF_SECOND) % 1_000 == 0;
                case BYTES, INTERVAL, JSON, GEOGRAPHY, RECORD -> false;
            };
        } catch (DateTimeException e) {
            return false;
        }
    }

    /** A value of the type, for an error. */
    public static String example(Column.Type type) {
        return switch (type) {
            case INTEGER -> "42";
            case NUMERIC, BIGNUMERIC, FLOAT -> "-1.5";
            case BOOLEAN -> "true";
            case DATE -> "2026-01-31";
            case TIME -> "08:30:00";
            case DATETIME -> "2026-01-31T08:30:00";
            case TIMESTAMP -> "2026-01-31T08:30:00Z";
            case STRING, BYTES, INTERVAL, JSON, GEOGRAPHY, RECORD -> "a text";
        };
    }
}
