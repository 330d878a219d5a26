package dev.millrace.gateway.console;

import dev.millrace.pipeline.Insight;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What is drawn of the rows of an answer, by SVG. The numbers themselves are in the table below it. */
sealed interface Chart permits Bars, Lines, Pie {
    Set<String> NUMBERS =
            Set.of("INTEGER", "INT64", "NUMERIC", "BIGNUMERIC", "FLOAT", "FLOAT64", "DECIMAL", "BIGDECIMAL");

    /** Null: there is nothing to draw. */
    static @Nullable Chart of(Insight.@Nullable Chart wanted, Query.Result result) {
        Points points = wanted == null ? null : Points.of(wanted, result);
        if (wanted == null || points == null) {
            return null;
        }
        return switch (wanted.type()) {
            case BAR -> Bars.of(points, false);
            case STACKED_BAR -> Bars.of(points, true);
            case LINE -> Lines.of(points);
            case PIE -> Pie.of(points);
        };
    }

    /** A text that has room below a chart or beside it. */
    static String shortened(String text) {
        int longest = 18;
        return text.length() > longest ? text.substring(0, longest - 1) + "…" : text;
    }

    /**
     * Numbers by label, those of one label summed.
     *
     * @param series names of the columns of numbers
     * @param values of each label those of the series; one is null where there is none
     */
    record Points(List<String> series, Map<String, List<@Nullable BigDecimal>> values) {
        /** Null: a column is missing, or there are no rows. */
        static @Nullable Points of(Insight.Chart wanted, Query.Result result) {
            List<String> names =
                    result.columns().stream().map(Query.Field::name).toList();
            List<String> series =
                    wanted.y().stream().filter(names::contains).distinct().toList();
            if (result.rows().isEmpty() || series.isEmpty() || !names.contains(wanted.x())) {
                return null;
            }
            int label = names.indexOf(wanted.x());
            List<Integer> places = series.stream().map(names::indexOf).toList();
            Map<String, List<@Nullable BigDecimal>> values = new LinkedHashMap<>();
            for (List<@Nullable String> row : result.rows()) {
                List<@Nullable BigDecimal> numbers = new ArrayList<>();
                places.forEach(place -> numbers.add(number(row.get(place))));
                values.merge(Objects.requireNonNullElse(row.get(label), "NULL"), numbers, Points::sum);
            }
            return new Points(series, values);
        }

        private static List<@Nullable BigDecimal> sum(
                List<@Nullable BigDecimal> some, List<@Nullable BigDecimal> others) {
            List<@Nullable BigDecimal> sums = new ArrayList<>();
            for (int i = 0; i < some.size(); i++) {
                BigDecimal one = some.get(i);
                BigDecimal other = others.get(i);
                sums.add(one == null ? other : other == null ? one : one.add(other));
            }
            return sums;
        }

        private static @Nullable BigDecimal number(@Nullable String text) {
            try {
                return text == null ? null : new BigDecimal(text);
            } catch (NumberFormatException e) {
                return null; // such as NaN
            }
        }
    }
}
