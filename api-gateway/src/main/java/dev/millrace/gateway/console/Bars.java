package dev.millrace.gateway.console;

import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Bars, side by side or on one another.
 *
 * @param series names of the columns that are drawn
 * @param width of the drawing, in units of it, as the height is
 * @param leftOut how many labels there are beyond those that are drawn
 */
record Bars(List<String> series, Axis axis, List<Group> groups, int width, int height, long leftOut) implements Chart {
    private static final int MOST_GROUPS = 40;
    private static final int GAP = 12;
    /** Of all bars together, if they are not too narrow by that. */
    private static final int WIDE = 1_000;

    private static final int NARROWEST = 14;
    private static final int WIDEST = 60;
    /** Of a character of a label, which is turned by half of a right angle. */
    private static final int PER_CHARACTER = 5;

    private static final int MARGIN = 30;

    /** The bars of a label, and where they stand. */
    record Group(String label, int middle, List<Bar> bars) {
        String shown() {
            return Chart.shortened(label);
        }
    }

    /** @param series number of it, from 0 */
    record Bar(int series, int x, int y, int width, int height, String title) {}

    /** Null: nothing is above zero. */
    static @Nullable Bars of(Points points, boolean stacked) {
        List<Map.Entry<String, List<@Nullable BigDecimal>>> drawn =
                points.values().entrySet().stream().limit(MOST_GROUPS).toList();
        BigDecimal highest = drawn.stream()
                .map(group -> group.getValue().stream()
                        .map(Bars::drawn)
                        .reduce(BigDecimal.ZERO, stacked ? BigDecimal::add : BigDecimal::max))
                .reduce(BigDecimal.ZERO, BigDecimal::max);
        if (highest.signum() == 0) {
            return null;
        }
        Axis axis = Axis.of(BigDecimal.ZERO, highest);
        int ofSeries = stacked ? 1 : points.series().size();
        int bar = Math.clamp(WIDE / ((long) drawn.size() * ofSeries) - GAP, NARROWEST, WIDEST);
        int across = bar * ofSeries;
        List<Group> groups = new ArrayList<>();
        int longest = 0;
        for (Map.Entry<String, List<@Nullable BigDecimal>> group : drawn) {
            int start = axis.left() + GAP / 2 + groups.size() * (across + GAP);
            List<Bar> bars = new ArrayList<>();
            BigDecimal below = BigDecimal.ZERO;
            for (int each = 0; each < points.series().size(); each++) {
                BigDecimal value = drawn(group.getValue().get(each));
                BigDecimal above = stacked ? below.add(value) : value;
                int top = axis.y(above);
                bars.add(new Bar(
                        each,
                        stacked ? start : start + each * bar,
                        top,
                        stacked ? across : bar - 1,
                        axis.y(stacked ? below : BigDecimal.ZERO) - top,
                        points.series().get(each) + ": " + value.toPlainString()));
                below = above;
            }
            groups.add(new Group(group.getKey(), start + across / 2, bars));
            longest = Math.max(longest, Chart.shortened(group.getKey()).length());
        }
        return new Bars(
                points.series(),
                axis,
                groups,
                axis.left() + groups.size() * (across + GAP) + longest * PER_CHARACTER,
                Axis.ABOVE + Axis.HEIGHT + MARGIN + longest * PER_CHARACTER,
                (long) points.values().size() - groups.size());
    }

    /** What is below zero, or isn't there, has no bar. */
    private static BigDecimal drawn(@Nullable BigDecimal value) {
        return value == null ? BigDecimal.ZERO : value.max(BigDecimal.ZERO);
    }
}
