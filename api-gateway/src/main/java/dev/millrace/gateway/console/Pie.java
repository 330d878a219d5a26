package dev.millrace.gateway.console;

import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What each label has of the sum of the first series, the most first; the smallest ones together. */
record Pie(List<Slice> slices) implements Chart {
    static final int RADIUS = 100;
    private static final int MOST = 6;
    private static final double FULL = 2 * Math.PI;

    /**
     * @param style class of its colour
     * @param path of SVG, around 0, 0
     */
    record Slice(String label, String value, String percent, String style, String path) {
        String shown() {
            return Chart.shortened(label);
        }
    }

    /** Null: nothing is above zero. */
    static @Nullable Pie of(Points points) {
        List<Map.Entry<String, BigDecimal>> values = new ArrayList<>();
        points.values().forEach((label, numbers) -> {
            BigDecimal value = numbers.getFirst();
            if (value != null && value.signum() > 0) {
                values.add(Map.entry(label, value));
            }
        });
        if (values.isEmpty()) {
            return null;
        }
        values.sort(Map.Entry.<String, BigDecimal>comparingByValue(Comparator.reverseOrder()));
        BigDecimal sum = sum(values);
        List<Map.Entry<String, BigDecimal>> shown = new ArrayList<>(values.subList(0, Math.min(MOST, values.size())));
        int rest = values.size() - shown.size();
        if (rest > 0) {
            shown.add(
                    Map.entry(Shown.plural(rest, "other", "others"), sum(values.subList(shown.size(), values.size()))));
        }
        List<Slice> slices = new ArrayList<>();
        BigDecimal before = BigDecimal.ZERO;
        for (Map.Entry<String, BigDecimal> each : shown) {
            BigDecimal after = before.add(each.getValue());
            slices.add(new Slice(
                    each.getKey(),
                    each.getValue().toPlainString(),
                    String.format(Locale.ROOT, "%.1f %%", 100 * share(each.getValue(), sum)),
                    slices.size() == MOST ? "rest" : "s" + slices.size(),
                    path(share(before, sum), share(after, sum))));
            before = after;
        }
        return new Pie(slices);
    }

    private static BigDecimal sum(List<Map.Entry<String, BigDecimal>> values) {
        return values.stream().map(Map.Entry::getValue).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static double share(BigDecimal part, BigDecimal whole) {
        int digits = 9;
        return part.divide(whole, digits, RoundingMode.HALF_UP).doubleValue();
    }

    /** A slice between two shares of the circle, from above on as clocks go. */
    private static String path(double from, double to) {
        if (to - from >= 1) { // an arc of SVG ends where it doesn't begin
            return path(0, 0.5) + path(0.5, 1 - 1e-9);
        }
        return "M0 0L" + point(from) + "A" + RADIUS + " " + RADIUS + " 0 " + (to - from > 0.5 ? 1 : 0) + " 1 "
                + point(to) + "Z";
    }

    private static String point(double share) {
        return String.format(
                Locale.ROOT, "%.2f %.2f", RADIUS * Math.sin(share * FULL), -RADIUS * Math.cos(share * FULL));
    }
}
