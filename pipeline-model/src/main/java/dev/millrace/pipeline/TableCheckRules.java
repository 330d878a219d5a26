package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The rules of {@link TableCheck}s over the columns of their table. */
final class TableCheckRules {
    /** What each warehouse compares, and groups by. */
    private static final Set<Column.Type> COMPARED = EnumSet.of(
            Column.Type.INTEGER,
            Column.Type.NUMERIC,
            Column.Type.BIGNUMERIC,
            Column.Type.BOOLEAN,
            Column.Type.STRING,
            Column.Type.BYTES,
            Column.Type.DATE,
            Column.Type.TIME,
            Column.Type.DATETIME,
            Column.Type.TIMESTAMP);

    /** BIGNUMERICs may be texts in a warehouse. */
    private static final Set<Column.Type> ORDERED = EnumSet.of(
            Column.Type.INTEGER,
            Column.Type.NUMERIC,
            Column.Type.FLOAT,
            Column.Type.STRING,
            Column.Type.DATE,
            Column.Type.TIME,
            Column.Type.DATETIME,
            Column.Type.TIMESTAMP);

    private static final Set<Column.Type> MOMENTS =
            EnumSet.of(Column.Type.DATE, Column.Type.DATETIME, Column.Type.TIMESTAMP);

    private static final Set<Column.Type> DISTRIBUTED = EnumSet.of(
            Column.Type.INTEGER, Column.Type.NUMERIC, Column.Type.FLOAT, Column.Type.STRING, Column.Type.BOOLEAN);

    private TableCheckRules() {}

    /** @param schema of the table, but for the columns that the load makes and those that are found in the data */
    static void check(Checks checks, Destination.Table table, List<Column> schema) {
        List<Column> columns = new ArrayList<>(schema);
        columns.addAll(table.ownColumns());
        boolean others = table.contract() == Destination.Contract.INFER;
        for (int i = 0; i < table.checks().size(); i++) {
            new Rules(checks, "destination.checks[" + i + "]", columns, others)
                    .check(table.checks().get(i));
            if (table.checks().get(i) instanceof TableCheck.ForeignKey key) {
                checks.that(
                        key.severity() != TableCheck.Severity.REJECT
                                || !key.references().equalsIgnoreCase(table.table()),
                        "destination.checks[" + i + "].references",
                        key.references(),
                        "another table: of rows that refer to each other nobody knows which ones to reject");
            }
        }
    }

    /** @param others whether the table may have columns that nobody knows yet */
    private record Rules(Checks checks, String field, List<Column> columns, boolean others) {
        void check(TableCheck check) {
            switch (check) {
                case TableCheck.Unique unique -> columns("columns", unique.columns(), COMPARED);
                case TableCheck.NotNull notNull ->
                    columns("columns", notNull.columns(), EnumSet.allOf(Column.Type.class));
                case TableCheck.AcceptedValues accepted ->
                    column("column", accepted.column(), COMPARED)
                            .ifPresent(column -> accepted.values().forEach(value -> value("values", column, value)));
                case TableCheck.Range range ->
                    column("column", range.column(), ORDERED).ifPresent(column -> {
                        value("min", column, range.min());
                        value("max", column, range.max());
                    });
                case TableCheck.Condition condition -> condition(condition.expression());
                case TableCheck.ForeignKey key -> columns("columns", key.columns(), COMPARED);
                case TableCheck.RowCount _ -> {}
                case TableCheck.Freshness freshness -> {
                    Optional<Column> _ = column("column", freshness.column(), MOMENTS);
                }
                case TableCheck.NullShare share -> {
                    Optional<Column> _ = column("column", share.column(), EnumSet.allOf(Column.Type.class));
                }
                case TableCheck.Distribution distribution -> {
                    Optional<Column> _ = column("column", distribution.column(), DISTRIBUTED);
                }
            }
        }

        private void condition(String expression) {
            if (!others) {
                ShapingRules.check(
                        checks,
                        field + ".expression",
                        expression,
                        Shaping.scope(columns, true),
                        ExpressionType.CONDITION);
            }
        }

        private void columns(String key, List<String> names, Set<Column.Type> types) {
            for (int i = 0; i < names.size(); i++) {
                Optional<Column> _ = column(key + "[" + i + "]", names.get(i), types);
            }
        }

        /** Empty when there is none that is right. */
        private Optional<Column> column(String key, String name, Set<Column.Type> types) {
            Optional<Column> found = columns.stream()
                    .filter(column -> column.name().equals(name))
                    .findFirst();
            checks.that(found.isPresent() || others, field + "." + key, name, "a column of the table");
            boolean right = found.isPresent()
                    && found.get().mode() != Column.Mode.REPEATED
                    && types.contains(found.get().type());
            checks.that(
                    found.isEmpty() || right,
                    field + "." + key,
                    name,
                    types.size() == Column.Type.values().length
                            ? "a column that isn't REPEATED"
                            : "a column that isn't REPEATED, of type " + words(types));
            return found.filter(_ -> right);
        }

        private void value(String key, Column column, @Nullable String value) {
            checks.that(
                    value == null || ValueRules.fits(value, column.type()),
                    field + "." + key,
                    String.valueOf(value),
                    "a value of type " + column.type());
        }

        private static String words(Set<Column.Type> types) {
            return String.join(
                    ", ",
                    Stream.of(Column.Type.values())
                            .filter(types::contains)
                            .map(type -> type.name().toUpperCase(Locale.ROOT))
                            .toList());
        }
    }
}
