package dev.millrace.gateway.console;

import dev.millrace.pipeline.Insight;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Bars, side by side or on one another, of the rows of an answer, those of one label summed, as they are drawn by SVG. A line
 * or a pie is drawn as bars, too. The numbers themselves are in the table below it.
 *
 * @param series names of the columns that are drawn
 * @param width of the drawing, in units of it
 * @param leftOut how many labels there are beyond those that are drawn
 * @param highest value, by which the others are drawn
 */
record Chart(List<String> series, List<Group> groups, long width, long leftOut, String highest) {
    static final Set<String> NUMBERS =
            Set.of("INTEGER", "INT64", "NUMERIC", "BIGNUMERIC", "FLOAT", "FLOAT64", "DECIMAL", "BIGDECIMAL");

    static final int HEIGHT = 220;
    private static final int MOST_GROUPS = 40;
    private static final int GAP = 12;
    /** Of all bars together, if they are not too narrow by that. */
    private static final int WIDE = 1_000;

    private static final int NARROWEST = 14;
    private static final int WIDEST = 60;
    /** For the last label. */
    private static final int MARGIN = 90;

    /** The bars of a label, and where they stand. */
    record Group(String label, long middle, List<Bar> bars) {}

    /** @param series number of it, from 0 */
    record Bar(int series, long x, long y, long width, long height, String title) {}

    /** Null: there is nothing to draw. */
    static @Nullable Chart of(Insight.@Nullable Chart wanted, Query.Result result) {
        List<String> names = result.columns().stream().map(Query.Field::name).toList();
        if (wanted == null || result.rows().isEmpty() || !names.contains(wanted.x())) {
            return null;
        }
        int label = names.indexOf(wanted.x());
        List<String> series =
                wanted.y().stream().filter(names::contains).distinct().toList();
        List<Integer> places = series.stream().map(names::indexOf).toList();
        Map<String, List<BigDecimal>> sums = new LinkedHashMap<>();
        for (List<@Nullable String> row : result.rows()) {
            sums.merge(
                    Objects.requireNonNullElse(row.get(label), "NULL"),
                    places.stream().map(place -> number(row.get(place))).toList(),
                    Chart::sum);
        }
        boolean stacked = wanted.type() == Insight.Chart.Kind.STACKED_BAR;
        List<Map.Entry<String, List<BigDecimal>>> drawn =
                sums.entrySet().stream().limit(MOST_GROUPS).toList();
        BigDecimal highest = drawn.stream()
                .map(group ->
                        group.getValue().stream().reduce(BigDecimal.ZERO, stacked ? BigDecimal::add : BigDecimal::max))
                .reduce(BigDecimal.ZERO, BigDecimal::max);
        if (highest.signum() == 0) {
            return null;
        }
        int bar = Math.clamp(WIDE / (drawn.size() * (stacked ? 1L : series.size())) - GAP, NARROWEST, WIDEST);
        int across = stacked ? bar : bar * series.size();
        List<Group> groups = new ArrayList<>();
        for (Map.Entry<String, List<BigDecimal>> group : drawn) {
            long start = (long) groups.size() * (across + GAP);
            List<Bar> bars = new ArrayList<>();
            long top = HEIGHT;
            for (int each = 0; each < series.size(); each++) {
                BigDecimal value = group.getValue().get(each);
                long height = value.multiply(BigDecimal.valueOf(HEIGHT))
                        .divide(highest, 0, RoundingMode.HALF_UP)
                        .longValue();
                top = stacked ? top - height : HEIGHT - height;
                bars.add(new Bar(
                        each,
                        stacked ? start : start + (long) each * bar,
                        top,
                        stacked ? across : bar - 1L,
                        height,
                        series.get(each) + ": " + value.toPlainString()));
            }
            groups.add(new Group(group.getKey(), start + across / 2, bars));
        }
        return new Chart(
                series,
                groups,
                (long) groups.size() * (across + GAP) + MARGIN,
                (long) sums.size() - groups.size(),
                highest.toPlainString());
    }

    private static List<BigDecimal> sum(List<BigDecimal> some, List<BigDecimal> others) {
        return IntStream.range(0, some.size())
                .mapToObj(i -> some.get(i).add(others.get(i)))
                .toList();
    }

    /** What is below zero, or no number, isn't drawn. */
    private static BigDecimal number(@Nullable String text) {
        try {
            return text == null ? BigDecimal.ZERO : new BigDecimal(text).max(BigDecimal.ZERO);
        } catch (NumberFormatException e) {
            return BigDecimal.ZERO;
        }
    }
}
