package dev.millrace.loader.duckdb;

import dev.millrace.loader.Widening;
import dev.millrace.pipeline.Column;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Columns as the engine's catalog has them, and the way from one to another. What the engine keeps as text may be a
 * BIGNUMERIC; only the {@link Ledger} knows.
 */
final class ColumnTypes {
    private static final String PLAIN_NUMERIC = "DECIMAL(38,9)";

    private ColumnTypes() {}

    /**
     * The column of a type that the engine writes; null when no column of a pipeline has it.
     *
     * @param nullable whether it may be NULL
     */
    static @Nullable Column of(String name, String written, boolean nullable) {
        Column column = of(name, AnswerType.of(written));
        return column == null || nullable || column.mode() == Column.Mode.REPEATED
                ? column
                : Column.plain(name, column.type(), Column.Mode.REQUIRED, column.fields());
    }

    private static @Nullable Column of(String name, AnswerType type) {
        return switch (type) {
            case AnswerType.Scalar(Value value, String written) -> scalar(name, value, written);
            case AnswerType.Mapping _ -> null;
            case AnswerType.Repeated(AnswerType element) -> {
                Column one = of(name, element);
                yield one == null || one.mode() == Column.Mode.REPEATED
                        ? null
                        : Column.plain(name, one.type(), Column.Mode.REPEATED, one.fields());
            }
            case AnswerType.Structure(List<String> names, List<AnswerType> types) -> {
                List<Column> fields = new ArrayList<>();
                for (int i = 0; i < names.size(); i++) {
                    Column field = of(names.get(i), types.get(i));
                    if (field == null) {
                        yield null;
                    }
                    fields.add(field);
                }
                yield Column.plain(name, Column.Type.RECORD, Column.Mode.NULLABLE, fields);
            }
        };
    }

    private static @Nullable Column scalar(String name, Value value, String written) {
        return switch (value) {
            case NUMERIC, BIGNUMERIC ->
                written.equals(PLAIN_NUMERIC)
                        ? Column.nullable(name, Column.Type.NUMERIC)
                        : written.startsWith("DECIMAL(") ? limited(name, written) : null;
            case INTEGER, FLOAT, BOOLEAN, STRING, BYTES, DATE, TIME, DATETIME, TIMESTAMP, INTERVAL, JSON ->
                Column.nullable(name, Column.Type.valueOf(value.name()));
        };
    }

    private static Column limited(String name, String written) {
        String[] digits =
                written.substring("DECIMAL(".length(), written.length() - 1).split(",", -1);
        return Widening.limited(name, Integer.parseInt(digits[0].strip()), Integer.parseInt(digits[1].strip()));
    }

    /** SQL that makes the value of another column of one, which {@link Widening} has made of it. */
    static String converted(String value, Column from, Column to) {
        return converted(value, from, to, 0);
    }

    /** @param depth for names of variables that hide no others */
    private static String converted(String value, Column from, Column to, int depth) {
        if (Types.of(from).equals(Types.of(to))) {
            return value;
        }
        if (to.mode() != Column.Mode.REPEATED) {
            return one(value, from, to, depth);
        }
        String element = "x" + depth;
        return "list_transform(" + value + ", lambda " + element + ": " + one(element, from, to, depth + 1) + ")";
    }

    private static String one(String value, Column from, Column to, int depth) {
        if (to.type() == Column.Type.RECORD) {
            return "CASE WHEN " + value + " IS NOT NULL THEN struct_pack("
                    + to.fields().stream()
                            .map(field -> Sql.name(field.name()) + " := "
                                    + Widening.field(from, field.name())
                                            .map(present -> converted(
                                                    value + "." + Sql.name(present.name()), present, field, depth))
                                            .orElseGet(() -> nothing(field)))
                            .collect(Collectors.joining(", "))
                    + ") END";
        }
        if (to.type() == Column.Type.BIGNUMERIC
                && from.type() == Column.Type.NUMERIC) { // without the zeros that a decimal ends with
            return "regexp_replace(CAST(" + value + " AS VARCHAR), '[.]?0+$', '')";
        }
        Column single = Column.plain(to.name(), to.type(), Column.Mode.NULLABLE, to.fields());
        return "CAST(" + value + " AS " + Types.of(single) + ")";
    }

    /** What rows have in a field that they haven't had. */
    private static String nothing(Column field) {
        return "CAST(" + (field.mode() == Column.Mode.REPEATED ? "[]" : "NULL") + " AS " + Types.of(field) + ")";
    }
}
