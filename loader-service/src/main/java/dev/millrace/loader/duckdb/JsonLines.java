package dev.millrace.loader.duckdb;

import dev.millrace.task.RowForm;
import io.micronaut.core.annotation.Nullable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * SQL of values that the engine's own JSON writes as {@link RowForm#NDJSON} does, which is many times as fast as to hand each
 * value over.
 */
final class JsonLines {
    private static final String EXACT = "9007199254740992";

    private JsonLines() {}

    /**
     * The values of all columns under their names; null: the engine would write one of them in another way.
     *
     * @param from what they are read from
     */
    static @Nullable String of(Session session, List<TableStream.Field> fields, String from) throws SQLException {
        List<String> values = new ArrayList<>();
        for (TableStream.Field field : fields) {
            String value = value(session, field, from);
            if (value == null) {
                return null;
            }
            values.add(value + " AS " + field.column().quoted());
        }
        return String.join(", ", values);
    }

    private static @Nullable String value(Session session, TableStream.Field field, String from) throws SQLException {
        String name = field.stored();
        if (!(field.column().type() instanceof AnswerType.Scalar(Value value, String written))) {
            return null;
        }
        return switch (value) {
            case INTEGER ->
                has(session, name + " NOT BETWEEN -" + EXACT + " AND " + EXACT, from)
                        ? "CASE WHEN " + name + " BETWEEN -" + EXACT + " AND " + EXACT + " THEN to_json(" + name
                                + ") ELSE to_json(CAST(" + name + " AS VARCHAR)) END"
                        : name;
            case NUMERIC, BIGNUMERIC ->
                written.endsWith(",0)") || !written.startsWith("DECIMAL(")
                        ? text(name)
                        : "rtrim(rtrim(" + text(name) + ", '0'), '.')";
            case FLOAT -> {
                String number = written.equals("FLOAT") ? "CAST(" + text(name) + " AS DOUBLE)" : name;
                yield has(session, "NOT isfinite(" + name + ")", from)
                        ? "CASE WHEN isfinite(" + name + ") THEN to_json(" + number + ") WHEN isnan(" + name
                                + ") THEN to_json('NaN') WHEN " + name + " > 0 THEN to_json('Infinity') WHEN " + name
                                + " < 0 THEN to_json('-Infinity') END"
                        : number;
            }
            case BOOLEAN -> name;
            case STRING, DATE -> text(name);
            case BYTES -> "to_base64(" + name + ")";
            case TIME -> micros(text(name));
            case DATETIME -> micros("replace(" + text(name) + ", ' ', 'T')");
            case TIMESTAMP ->
                micros("replace(CAST(make_timestamp(epoch_us(" + name + ")) AS VARCHAR), ' ', 'T')") + " || 'Z'";
            case INTERVAL, JSON -> null; // the engine's JSON rounds long numbers
        };
    }

    private static boolean has(Session session, String condition, String from) throws SQLException {
        return Objects.requireNonNull(session.rows(
                        "SELECT coalesce(bool_or(" + condition + "), FALSE) FROM " + from, row -> row.getBoolean(1))
                .getFirst());
    }

    private static String text(String value) {
        return "CAST(" + value + " AS VARCHAR)";
    }

    /** With six digits of a second's fraction, or none. */
    private static String micros(String written) {
        String point = "CAST(strpos(" + written + ", '.') AS INTEGER)";
        return "CASE WHEN " + point + " = 0 THEN " + written + " ELSE rpad(" + written + ", greatest(CAST(length("
                + written + ") AS INTEGER), " + point + " + 6), '0') END";
    }
}
