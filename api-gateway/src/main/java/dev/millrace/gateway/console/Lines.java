package dev.millrace.gateway.console;

import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A line for each series, with a gap where it has no value. Labels that are all dates or times stand as far from each other as
 * these are, the earliest first; others are in the order of the rows.
 *
 * @param series names of the columns that are drawn
 */
record Lines(List<String> series, Axis axis, List<Line> lines, List<Mark> marks) implements Chart {
    static final int WIDE = 1_000;
    static final int HEIGHT = Axis.ABOVE + Axis.HEIGHT + 34;
    private static final int MOST_MARKS = 8;
    /** With more of them, dots would hide the line. */
    private static final int MOST_DOTS = 60;

    /**
     * @param series number of it, from 0
     * @param path of SVG
     */
    record Line(int series, String path, List<Dot> dots) {}

    record Dot(int x, int y, String title) {}

    /** A label below the lines. */
    record Mark(int x, String label) {
        String shown() {
            return Chart.shortened(label);
        }
    }

    /** A label, and how far to the right it stands, in a unit of its own. */
    private record Place(String label, long at, List<@Nullable BigDecimal> values) {}

    int width() {
        return axis.left() + WIDE + axis.left();
    }

    /** Null: no series has a value, or all are zero. */
    static @Nullable Lines of(Points points) {
        List<BigDecimal> numbers = points.values().values().stream()
                .flatMap(Collection::stream)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
        if (numbers.stream().allMatch(number -> number.signum() == 0)) {
            return null;
        }
        Axis axis = Axis.of(
                numbers.stream().min(Comparator.naturalOrder()).orElseThrow(),
                numbers.stream().max(Comparator.naturalOrder()).orElseThrow());
        List<Place> places = places(points);
        long first = places.getFirst().at();
        long range = Math.max(1, places.getLast().at() - first);
        List<Line> lines = new ArrayList<>();
        for (int each = 0; each < points.series().size(); each++) {
            StringBuilder path = new StringBuilder();
            List<Dot> dots = new ArrayList<>();
            boolean begins = true;
            for (Place place : places) {
                BigDecimal value = place.values().get(each);
                if (value != null) {
                    int x = x(axis, place, first, range);
                    path.append(begins ? 'M' : 'L').append(x).append(' ').append(axis.y(value));
                    dots.add(new Dot(
                            x,
                            axis.y(value),
                            place.label() + ", " + points.series().get(each) + ": " + value.toPlainString()));
                }
                begins = value == null;
            }
            lines.add(new Line(each, path.toString(), dots.size() > MOST_DOTS ? List.of() : dots));
        }
        return new Lines(points.series(), axis, lines, marks(axis, places, first, range));
    }

    private static int x(Axis axis, Place place, long first, long range) {
        return axis.left() + (int) ((double) (place.at() - first) / range * WIDE);
    }

    private static List<Mark> marks(Axis axis, List<Place> places, long first, long range) {
        int count = Math.min(MOST_MARKS, places.size());
        Set<Integer> chosen = new LinkedHashSet<>();
        for (int i = 0; i < count; i++) {
            chosen.add(count == 1 ? 0 : i * (places.size() - 1) / (count - 1));
        }
        return chosen.stream()
                .map(places::get)
                .map(place -> new Mark(x(axis, place, first, range), place.label()))
                .toList();
    }

    private static List<Place> places(Points points) {
        List<Place> byTime = new ArrayList<>();
        List<Place> byRow = new ArrayList<>();
        for (Map.Entry<String, List<@Nullable BigDecimal>> entry :
                points.values().entrySet()) {
            byRow.add(new Place(entry.getKey(), byRow.size(), entry.getValue()));
            Long second = second(entry.getKey());
            if (second != null) {
                byTime.add(new Place(entry.getKey(), second, entry.getValue()));
            }
        }
        if (byTime.size() < byRow.size()) {
            return byRow;
        }
        byTime.sort(Comparator.comparingLong(Place::at));
        return byTime;
    }

    /** Since 1970; null: the label is neither a date nor a time of a date. */
    private static @Nullable Long second(String label) {
        String text = label.replace(' ', 'T');
        try {
            if (!text.contains("T")) {
                return LocalDate.parse(text).atStartOfDay().toEpochSecond(ZoneOffset.UTC);
            }
            return text.matches(".*(Z|[+-]\\d\\d:\\d\\d)")
                    ? OffsetDateTime.parse(text).toEpochSecond()
                    : LocalDateTime.parse(text).toEpochSecond(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            return null;
        }
    }
}
