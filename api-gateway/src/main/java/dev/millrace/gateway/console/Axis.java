package dev.millrace.gateway.console;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Values from below upwards, with lines at round numbers.
 *
 * @param bottom 0 or below
 * @param top above it
 */
record Axis(BigDecimal bottom, BigDecimal top, List<Tick> ticks) {
    static final int HEIGHT = 220;
    /** Above the highest line, for half of its label. */
    static final int ABOVE = 10;

    private static final int SPACES = 4;
    private static final int PER_CHARACTER = 7;
    /** Of half of a label below the axis, which stands under the first value. */
    private static final int LEAST_LEFT = 60;

    /** A line of the grid. */
    record Tick(int y, String label) {}

    /** @param highest above 0, unless {@code lowest} is below it */
    static Axis of(BigDecimal lowest, BigDecimal highest) {
        BigDecimal low = lowest.min(BigDecimal.ZERO);
        BigDecimal high = highest.max(BigDecimal.ZERO);
        BigDecimal step = step(high.subtract(low));
        BigDecimal bottom = low.divide(step, 0, RoundingMode.FLOOR).multiply(step);
        BigDecimal top = high.divide(step, 0, RoundingMode.CEILING).multiply(step);
        Axis axis = new Axis(bottom, top, List.of());
        List<Tick> ticks = new ArrayList<>();
        for (BigDecimal value = bottom; value.compareTo(top) <= 0; value = value.add(step)) {
            ticks.add(new Tick(axis.y(value), label(value)));
        }
        return new Axis(bottom, top, List.copyOf(ticks));
    }

    /** 1, 2 or 5 of some power of ten: at most so many lines as there are {@link #SPACES}, and one. */
    private static BigDecimal step(BigDecimal range) {
        BigDecimal least = range.divide(BigDecimal.valueOf(SPACES), java.math.MathContext.DECIMAL32);
        BigDecimal power = BigDecimal.ONE.scaleByPowerOfTen(least.precision() - least.scale() - 1);
        return Stream.of(1, 2, 5, 10)
                .map(digit -> power.multiply(BigDecimal.valueOf(digit)))
                .filter(step -> step.compareTo(least) >= 0)
                .findFirst()
                .orElseThrow();
    }

    private static String label(BigDecimal value) {
        return value.stripTrailingZeros().scale() <= 0
                ? Shown.number(value)
                : value.stripTrailingZeros().toPlainString();
    }

    /** Where a value is, from above. */
    int y(BigDecimal value) {
        return ABOVE
                + top.subtract(value)
                        .multiply(BigDecimal.valueOf(HEIGHT))
                        .divide(top.subtract(bottom), 0, RoundingMode.HALF_UP)
                        .intValue();
    }

    /** Where the drawing begins, right of the labels. */
    int left() {
        int longest =
                ticks.stream().mapToInt(tick -> tick.label().length()).max().orElse(1);
        return Math.max(LEAST_LEFT, PER_CHARACTER * longest + ABOVE);
    }
}
