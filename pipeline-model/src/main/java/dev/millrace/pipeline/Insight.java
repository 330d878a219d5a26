package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A named query that callers of the API ask by its name. Immutable; read it with {@link InsightReader}.
 *
 * @param name of its file
 * @param sql one SELECT, for every kind of warehouse that {@code dialects} has none for; its comments are those of the file
 * @param dialects the SELECT for one kind of warehouse, by what {@code millrace.warehouse.type} calls that
 */
public record Insight(String name, Head head, String sql, Map<String, String> dialects) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,62}");
    private static final Pattern PARAMETER = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    public Insight {
        if (!isName(name)) {
            throw new IllegalArgumentException(
                    "name: '" + name + "' (expected: a letter, then up to 62 of A-Z, a-z, 0-9, _ and -)");
        }
        dialects = Ordered.copy(dialects);
    }

    /** Whether a file could be called so, without its ending. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** The SELECT for a kind of warehouse, as {@code millrace.warehouse.type} calls it. */
    public String sql(String warehouse) {
        return dialects.getOrDefault(warehouse, sql);
    }

    /**
     * What an insight's file says of it in the comments at its beginning.
     *
     * @param parameters by name, in the order of the file; may be empty
     * @param timeout after which the query is cancelled; null: as the warehouse is configured
     */
    @Doc("What an insight is.")
    public record Head(
            @Doc("A few words for people.") String title,

            @Doc("What it answers.") @Nullable String description,

            @Default("{}") @Doc("What callers may say, by name; the SQL has it as @name.")
            Map<String, Parameter> parameters,

            @Doc("How to draw it.") @Nullable Chart chart,

            @Doc("After how long the query is cancelled, for example 10s.") @Nullable
            Duration timeout)
            implements FileRules {
        public Head {
            Checks checks = new Checks();
            checks.that(!title.isBlank(), "title", "nothing", "a few words");
            checks.that(
                    timeout == null || timeout.isPositive(), "timeout", String.valueOf(timeout), "a duration above 0s");
            checks.done();
            parameters = Ordered.copy(parameters);
        }

        @Override
        public void check(Checks checks) {
            parameters.keySet().forEach(parameter -> {
                String field = "parameters." + parameter;
                checks.that(
                        PARAMETER.matcher(parameter).matches(),
                        field,
                        parameter,
                        "a lower case letter, then up to 62 of a-z, 0-9 and _");
                checks.that(
                        !parameter.equals("table") && !parameter.equals("limit"),
                        field,
                        parameter,
                        "another name: the call has this one");
            });
        }
    }

    /**
     * What callers may say.
     *
     * @param fallback its value when they don't; null: they must
     */
    public record Parameter(
            Column.Type type,

            @Key("default") @Nullable String fallback,

            @Nullable String description) implements FileRules {
        @Override
        public void check(Checks checks) {
            boolean comparable = ComparableValues.TYPES.contains(type) && type != Column.Type.BIGNUMERIC;
            checks.that(
                    comparable,
                    "type",
                    type,
                    "INTEGER, NUMERIC, FLOAT, BOOLEAN, STRING, DATE, TIME, DATETIME or TIMESTAMP");
            checks.that(
                    !comparable || fallback == null || ComparableValues.fits(type, fallback),
                    "default",
                    fallback,
                    "a value such as " + ComparableValues.example(type));
        }
    }

    /**
     * How to draw the rows.
     *
     * @param x column of what is compared
     * @param y columns of numbers, of each a series
     */
    public record Chart(Kind type, String x, List<String> y) {
        public Chart {
            Checks checks = new Checks();
            checks.that(!y.isEmpty(), "y", "none", "at least one column");
            checks.done();
            y = List.copyOf(y);
        }

        /** What is drawn of each value. */
        public enum Kind {
            BAR,
            STACKED_BAR,
            LINE,
            PIE
        }
    }
}
