package dev.millrace.loader.duckdb;

import dev.millrace.pipeline.Column;
import dev.millrace.staging.StagedType;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The mapping of BigQuery's types to DuckDB's: in tables, in staged parts, and the way from one to the other. */
final class Types {
    /** Of a DECIMAL; a BIGNUMERIC that has more is kept as text. */
    private static final int MAX_PRECISION = 38;

    private static final int SCALE = 9;

    /** Types that the engine's catalog writes as they are here. */
    static final Map<String, String> WRITTEN = Stream.of(
                    "BIGINT",
                    "DOUBLE",
                    "BOOLEAN",
                    "VARCHAR",
                    "BLOB",
                    "DATE",
                    "TIME",
                    "TIMESTAMP",
                    "TIMESTAMP WITH TIME ZONE",
                    "INTERVAL",
                    "JSON",
                    "DECIMAL(38,9)")
            .flatMap(type -> Stream.of(type, type + "[]"))
            .collect(Collectors.toUnmodifiableMap(type -> type, type -> type));

    private Types() {}

    /** For SQL; the engine may write it in another way, see {@link #written}. */
    static String of(Column column) {
        return column.mode() == Column.Mode.REPEATED ? one(column) + "[]" : one(column);
    }

    private static String one(Column column) {
        return switch (column.type()) {
            case INTEGER -> "BIGINT";
            case NUMERIC -> "DECIMAL(" + precision(column) + "," + scale(column) + ")";
            case BIGNUMERIC ->
                isDecimal(column) ? "DECIMAL(" + precision(column) + "," + scale(column) + ")" : "VARCHAR";
            case FLOAT -> "DOUBLE";
            case BOOLEAN -> "BOOLEAN";
            case STRING, GEOGRAPHY -> "VARCHAR";
            case BYTES -> "BLOB";
            case DATE -> "DATE";
            case TIME -> "TIME";
            case DATETIME -> "TIMESTAMP";
            case TIMESTAMP -> "TIMESTAMP WITH TIME ZONE";
            case INTERVAL -> "INTERVAL";
            case JSON -> "JSON"; // keeps the text as it was written
            case RECORD ->
                column.fields().stream()
                        .map(field -> Sql.name(field.name()) + " " + of(field))
                        .collect(Collectors.joining(", ", "STRUCT(", ")"));
        };
    }

    private static int precision(Column column) {
        return column.precision() == null ? MAX_PRECISION : column.precision();
    }

    private static int scale(Column column) {
        return column.scale() == null ? SCALE : column.scale();
    }

    private static boolean isDecimal(Column column) {
        return column.precision() != null && column.precision() <= MAX_PRECISION;
    }

    /** The type that the column has in a staged part. */
    static String staged(Column column) {
        String one = switch (StagedType.of(column.type())) {
            case INT64 -> "BIGINT";
            case DECIMAL -> "DECIMAL(" + MAX_PRECISION + "," + SCALE + ")";
            case DOUBLE -> "DOUBLE";
            case BOOL -> "BOOLEAN";
            case STRING, LITERAL -> "VARCHAR";
            case BYTES -> "BLOB";
            case DATE -> "DATE";
            case TIMESTAMP -> "TIMESTAMP WITH TIME ZONE";
            case STRUCT ->
                column.fields().stream()
                        .map(field -> Sql.name(field.name()) + " " + staged(field))
                        .collect(Collectors.joining(", ", "STRUCT(", ")"));
        };
        return column.mode() == Column.Mode.REPEATED ? one + "[]" : one;
    }

    /** The types as the engine's catalog writes them; it is asked for those of RECORD alone. */
    static List<String> written(Session session, List<String> types) throws SQLException {
        List<String> asked = types.stream()
                .distinct()
                .filter(type -> !WRITTEN.containsKey(type))
                .toList();
        if (asked.isEmpty()) {
            return types.stream().map(WRITTEN::get).toList();
        }
        String casts =
                asked.stream().map(type -> "typeof(CAST(NULL AS " + type + "))").collect(Collectors.joining(", "));
        Object[] answered = session.rows("SELECT [" + casts + "]", row ->
                        (Object[]) row.getArray(1).getArray())
                .getFirst();
        Map<String, String> written = new HashMap<>(WRITTEN);
        for (int i = 0; i < answered.length; i++) {
            written.put(asked.get(i), (String) answered[i]);
        }
        return types.stream().map(written::get).toList();
    }

    /**
     * SQL that makes the table's value of the staged one. The statement fails when the value would be another; the
     * transformer has seen to it that it isn't.
     */
    static String value(Column column) {
        return value(Sql.name(column.name()), column, 0);
    }

    /** @param depth for names of variables that hide no others */
    private static String value(String staged, Column column, int depth) {
        if (of(column).equals(staged(column))) {
            return staged;
        }
        if (column.mode() != Column.Mode.REPEATED) {
            return one(staged, column, depth);
        }
        String element = "x" + depth;
        return "list_transform(" + staged + ", lambda " + element + ": " + one(element, column, depth + 1) + ")";
    }

    private static String one(String staged, Column column, int depth) {
        return switch (column.type()) {
            case INTEGER, FLOAT, BOOLEAN, STRING, BYTES, DATE, TIMESTAMP, GEOGRAPHY -> staged;
            case NUMERIC -> unrounded(staged, "CAST(" + staged + " AS " + one(column) + ")");
            case BIGNUMERIC ->
                isDecimal(column)
                        ? "CASE WHEN length(split_part(" + staged + ", '.', 2)) > " + scale(column)
                                + " THEN error('a staged number has too many digits') ELSE CAST(" + staged + " AS "
                                + one(column) + ") END"
                        : staged;
            case TIME -> "CAST(strptime(" + staged + ", '%H:%M:%S.%f') AS TIME)";
            case DATETIME -> "strptime(" + staged + ", '%Y-%m-%dT%H:%M:%S.%f')";
            case INTERVAL -> interval(staged);
            case JSON -> "CAST(" + staged + " AS JSON)";
            case RECORD ->
                "CASE WHEN " + staged + " IS NOT NULL THEN struct_pack("
                        + column.fields().stream()
                                .map(field -> Sql.name(field.name()) + " := "
                                        + value(staged + "." + Sql.name(field.name()), field, depth))
                                .collect(Collectors.joining(", "))
                        + ") END";
        };
    }

    private static String unrounded(String staged, String cast) {
        return "CASE WHEN " + cast + " <> " + staged + " THEN error('a staged number has too many digits') ELSE " + cast
                + " END";
    }

    /** Of years and months, days, and a time, each with its own sign. */
    private static String interval(String staged) {
        String months = part(staged, 1);
        String time = part(staged, 3);
        return "(to_months(CAST("
                + signed(
                        months,
                        "(CAST(" + number(months, "-", 1) + " AS INTEGER) * 12 + CAST(" + number(months, "-", 2)
                                + " AS INTEGER))")
                + " AS INTEGER)) + to_days(CAST(" + part(staged, 2)
                + " AS INTEGER)) + to_microseconds("
                + signed(
                        time,
                        "(CAST(" + number(time, ":", 1) + " AS BIGINT) * 3600000000 + CAST(" + number(time, ":", 2)
                                + " AS BIGINT) * 60000000 + CAST(CAST(" + number(time, ":", 3)
                                + " AS DECIMAL(9,6)) * 1000000 AS BIGINT))")
                + "))";
    }

    private static String part(String staged, int number) {
        return "split_part(" + staged + ", ' ', " + number + ")";
    }

    private static String number(String part, String separator, int number) {
        return "split_part(ltrim(" + part + ", '-'), '" + separator + "', " + number + ")";
    }

    private static String signed(String part, String amount) {
        return "(CASE WHEN starts_with(" + part + ", '-') THEN -1 ELSE 1 END) * " + amount;
    }
}
