package dev.millrace.pipeline;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/**
 * A condition that a table has to meet as a load leaves it. It is looked at in the transaction of the load, before anybody
 * sees the change.
 */
@Serdeable
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = TableCheck.Unique.class, name = "unique"),
    @JsonSubTypes.Type(value = TableCheck.NotNull.class, name = "not-null"),
    @JsonSubTypes.Type(value = TableCheck.AcceptedValues.class, name = "accepted-values"),
    @JsonSubTypes.Type(value = TableCheck.Range.class, name = "range"),
    @JsonSubTypes.Type(value = TableCheck.Condition.class, name = "expression"),
    @JsonSubTypes.Type(value = TableCheck.ForeignKey.class, name = "foreign-key"),
    @JsonSubTypes.Type(value = TableCheck.RowCount.class, name = "row-count"),
    @JsonSubTypes.Type(value = TableCheck.Freshness.class, name = "freshness"),
    @JsonSubTypes.Type(value = TableCheck.NullShare.class, name = "null-share"),
    @JsonSubTypes.Type(value = TableCheck.Distribution.class, name = "distribution")
})
@Doc("A condition that the table has to meet as the load leaves it.")
public sealed interface TableCheck {
    /** What it means that a check isn't met. */
    enum Severity {
        /** The load is committed, and the run says so. */
        WARN,
        /** The load is rolled back. */
        FAIL,
        /** Rows that don't meet it are left out of the load, each with the reason; of {@link ForeignKey} alone. */
        REJECT
    }

    /** As the file calls it; null: {@link #title} says what it is. */
    @Nullable
    String name();

    Severity severity();

    /** The columns of the table that it looks at. */
    List<String> columns();

    /** What it is, in a few words. */
    String words();

    /** What it is called: by the file, or by what it is. */
    default String title() {
        return name() == null ? words() : name();
    }

    /** How many runs before the load it looks back at; 0: none. */
    default int lookBack() {
        return 0;
    }

    /** A change against earlier runs, as a share; null: it isn't compared. */
    private static void checkShare(Checks checks, String field, @Nullable Double share) {
        checks.that(share == null || (share >= 0 && share <= 1), field, String.valueOf(share), "0 to 1");
    }

    private static void checkCommon(Checks checks, @Nullable String name, Severity severity, boolean rejects) {
        checks.that(
                rejects || severity != Severity.REJECT,
                "severity",
                "reject",
                "warn or fail: only a foreign-key rejects single rows");
        checks.that(
                name == null || name.matches("[A-Za-z0-9][A-Za-z0-9 _-]{0,99}"),
                "name",
                String.valueOf(name),
                "up to 100 letters, digits, blanks, _ and -");
    }

    private static void checkNamed(Checks checks, List<String> columns) {
        checks.that(!columns.isEmpty(), "columns", "none", "at least one column");
        checks.that(new HashSet<>(columns).size() == columns.size(), "columns", columns, "each column once");
    }

    private static void checkRuns(Checks checks, int runs) {
        checks.that(runs >= 1 && runs <= 100, "runs", runs, "1 to 100");
    }

    /** Of rows in which none of the columns is NULL, no two have the same values. */
    @Serdeable
    @Doc("No two rows have the same values in the columns; rows with a NULL there aren't compared.")
    record Unique(
            @Nullable @Doc("Name of the check; by default what it is.")
            String name,

            @Default("fail") @Doc("Whether the run fails or only warns when the check isn't met.")
            Severity severity,

            @Doc("The columns.") List<String> columns)
            implements TableCheck {
        public Unique {
            columns = List.copyOf(columns);
            Checks checks = new Checks();
            checkCommon(checks, name, severity, false);
            checkNamed(checks, columns);
            checks.done();
        }

        @Override
        public String words() {
            return "unique " + String.join(", ", columns);
        }
    }

    /** No column is NULL in any row. */
    @Serdeable
    @Doc("No row has a NULL in any of the columns.")
    record NotNull(
            @Nullable @Doc("Name of the check; by default what it is.")
            String name,

            @Default("fail") @Doc("Whether the run fails or only warns when the check isn't met.")
            Severity severity,

            @Doc("The columns.") List<String> columns)
            implements TableCheck {
        public NotNull {
            columns = List.copyOf(columns);
            Checks checks = new Checks();
            checkCommon(checks, name, severity, false);
            checkNamed(checks, columns);
            checks.done();
        }

        @Override
        public String words() {
            return "not-null " + String.join(", ", columns);
        }
    }

    /** @param values as texts that the column's type reads; NULL is accepted */
    @Serdeable
    @Doc("The column has no other values than these; NULL is one of them.")
    record AcceptedValues(
            @Nullable @Doc("Name of the check; by default what it is.")
            String name,

            @Default("fail") @Doc("Whether the run fails or only warns when the check isn't met.")
            Severity severity,

            @Doc("The column.") String column,
            @Doc("The values.") List<String> values)
            implements TableCheck {
        public AcceptedValues {
            values = List.copyOf(values);
            Checks checks = new Checks();
            checkCommon(checks, name, severity, false);
            checks.that(!values.isEmpty() && values.size() <= 1_000, "values", values.size() + " values", "1 to 1000");
            checks.done();
        }

        @Override
        public List<String> columns() {
            return List.of(column);
        }

        @Override
        public String words() {
            return "accepted-values " + column;
        }
    }

    /**
     * @param min the least value, as a text that the column's type reads; null: there is none
     * @param max the greatest value, likewise
     */
    @Serdeable
    @Doc("The column's values are within limits, which they may reach; NULL is.")
    record Range(
            @Nullable @Doc("Name of the check; by default what it is.")
            String name,

            @Default("fail") @Doc("Whether the run fails or only warns when the check isn't met.")
            Severity severity,

            @Doc("The column.") String column,
            @Nullable @Doc("The least value.") String min,

            @Nullable @Doc("The greatest value.") String max)
            implements TableCheck {
        public Range {
            Checks checks = new Checks();
            checkCommon(checks, name, severity, false);
            checks.that(min != null || max != null, "min", "neither min nor max", "one of them, or both");
            checks.done();
        }

        @Override
        public List<String> columns() {
            return List.of(column);
        }

        @Override
        public String words() {
            return "range " + column;
        }
    }

    /** @param expression scalar SQL of type BOOLEAN; a row for which it is false or NULL doesn't meet it */
    @Serdeable
    @Doc("An expression is true for each row; neither false nor NULL is.")
    record Condition(
            @Nullable @Doc("Name of the check; by default what it is.")
            String name,

            @Default("fail") @Doc("Whether the run fails or only warns when the check isn't met.")
            Severity severity,

            @Doc("Scalar SQL over the columns, as DuckDB and BigQuery both read it, for example ended >= started.")
            String expression)
            implements TableCheck {
        /**
         * What one of the two reads otherwise than the other, so that what is one expression there may be more here: quotes
         * other than '…', escapes and comments.
         */
        private static final List<String> NOT_SHARED = List.of("\"", "\\", "`", "#", "--", "/*", ";", "'''", "$");

        public Condition {
            Checks checks = new Checks();
            checkCommon(checks, name, severity, false);
            for (String each : NOT_SHARED) {
                checks.that(
                        !expression.contains(each),
                        "expression",
                        expression,
                        "an expression without " + each + ", which DuckDB and BigQuery read in different ways");
            }
            checks.done();
        }

        @Override
        public List<String> columns() {
            return List.of();
        }

        @Override
        public String words() {
            return "expression " + (expression.length() > 80 ? expression.substring(0, 79) + "…" : expression);
        }
    }

    /**
     * Rows in which one of the columns is NULL point to nothing, which is allowed.
     *
     * @param references table of the same warehouse
     * @param keys columns there, one for each of {@code columns}
     */
    @Serdeable
    @Doc("Each row's values in the columns are those of a row of another table; rows with a NULL there point to none.")
    record ForeignKey(
            @Nullable @Doc("Name of the check; by default what it is.")
            String name,

            @Default("fail") @Doc("Whether the run fails, only warns, or leaves out the rows that don't meet it.")
            Severity severity,

            @Doc("The columns.") List<String> columns,

            @Doc("The other table: dataset.table or project.dataset.table.")
            String references,

            @Doc("Its columns, in the order of those that refer to them.")
            List<String> keys)
            implements TableCheck {
        public ForeignKey {
            columns = List.copyOf(columns);
            keys = List.copyOf(keys);
            Checks checks = new Checks();
            checkCommon(checks, name, severity, true);
            checkNamed(checks, columns);
            checks.that(keys.size() == columns.size(), "keys", keys, "as many as columns: " + columns.size());
            checks.that(Destination.Table.isName(references), "references", references, Destination.Table.NAME_RULE);
            checks.done();
        }

        @Override
        public String words() {
            return "foreign-key " + String.join(", ", columns) + " of " + references;
        }
    }

    /**
     * How many rows the table has; of an endpoint that replaces days, the day.
     *
     * @param maxChange of the mean of the runs before, as a share of it; null: it isn't compared
     * @param runs how many runs before it are looked at
     */
    @Serdeable
    @Doc("How many rows the table has, or the day that the run replaces.")
    record RowCount(
            @Nullable @Doc("Name of the check; by default what it is.")
            String name,

            @Default("fail") @Doc("Whether the run fails or only warns when the check isn't met.")
            Severity severity,

            @Nullable @Doc("The least number of rows.") Long min,

            @Nullable @Doc("The greatest number of rows.") Long max,

            @Nullable @Doc("By which share the number may differ from the mean of the runs before, for example 0.5.")
            Double maxChange,

            @Default("7") @Doc("How many runs before it are looked at.")
            int runs)
            implements TableCheck {
        public RowCount {
            Checks checks = new Checks();
            checkCommon(checks, name, severity, false);
            checks.that(
                    min != null || max != null || maxChange != null,
                    "maxChange",
                    "neither min, max nor maxChange",
                    "one of them at least");
            checks.that(min == null || min >= 0, "min", String.valueOf(min), "0 or more");
            checks.that(
                    max == null || max >= (min == null ? 0 : min),
                    "max",
                    String.valueOf(max),
                    "0 or more, and not less than min");
            checks.that(maxChange == null || maxChange >= 0, "maxChange", String.valueOf(maxChange), "0 or more");
            checkRuns(checks, runs);
            checks.done();
        }

        @Override
        public List<String> columns() {
            return List.of();
        }

        @Override
        public String words() {
            return "row-count";
        }

        @Override
        public int lookBack() {
            return maxChange == null ? 0 : runs;
        }
    }

    /** @param maxAge of the newest value, when the load is committed */
    @Serdeable
    @Doc("The newest value of a column is no older than this; a table without any is not fresh.")
    record Freshness(
            @Nullable @Doc("Name of the check; by default what it is.")
            String name,

            @Default("fail") @Doc("Whether the run fails or only warns when the check isn't met.")
            Severity severity,

            @Doc("Column of type DATE, DATETIME or TIMESTAMP; times without a zone are UTC.")
            String column,

            @Doc("The greatest age, for example 26h.") Duration maxAge)
            implements TableCheck {
        public Freshness {
            Checks checks = new Checks();
            checkCommon(checks, name, severity, false);
            checks.that(maxAge.isPositive(), "maxAge", maxAge, "more than nothing");
            checks.done();
        }

        @Override
        public List<String> columns() {
            return List.of(column);
        }

        @Override
        public String words() {
            return "freshness " + column;
        }
    }

    /**
     * Of an endpoint that replaces days, of the day's rows.
     *
     * @param max the greatest share of the rows that have a NULL
     */
    @Serdeable
    @Doc("How many of the rows, or of those of the day that the run replaces, have a NULL in the column.")
    record NullShare(
            @Nullable @Doc("Name of the check; by default what it is.")
            String name,

            @Default("fail") @Doc("Whether the run fails or only warns when the check isn't met.")
            Severity severity,

            @Doc("The column.") String column,
            @Doc("The greatest share, 0 to 1.") double max)
            implements TableCheck {
        public NullShare {
            Checks checks = new Checks();
            checkCommon(checks, name, severity, false);
            checkShare(checks, "max", max);
            checks.done();
        }

        @Override
        public List<String> columns() {
            return List.of(column);
        }

        @Override
        public String words() {
            return "null-share " + column;
        }
    }

    /**
     * Of a number, how far the mean has moved from that of the runs before, in their standard deviations; of a text or
     * BOOLEAN, which share of the rows has other values than there (the total variation distance). Of an endpoint that
     * replaces days, of the day's rows.
     *
     * @param runs how many runs before it are looked at
     */
    @Serdeable
    @Doc("How much the values of a column differ from those of the runs before.")
    record Distribution(
            @Nullable @Doc("Name of the check; by default what it is.")
            String name,

            @Default("fail") @Doc("Whether the run fails or only warns when the check isn't met.")
            Severity severity,

            @Doc("Column of numbers, texts or BOOLEANs.") String column,

            @Doc("Of numbers, by how many standard deviations the mean may move; of others, which share of the rows may"
                    + " have other values.")
            double maxChange,

            @Default("7") @Doc("How many runs before it are looked at.")
            int runs)
            implements TableCheck {
        public Distribution {
            Checks checks = new Checks();
            checkCommon(checks, name, severity, false);
            checks.that(maxChange > 0, "maxChange", maxChange, "more than 0");
            checkRuns(checks, runs);
            checks.done();
        }

        @Override
        public List<String> columns() {
            return List.of(column);
        }

        @Override
        public String words() {
            return "distribution " + column;
        }

        @Override
        public int lookBack() {
            return runs;
        }
    }
}
