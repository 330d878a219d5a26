package dev.millrace.benchmarks;

import dev.millrace.testing.soak.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Lines of what a soak has measured, over the runs: memory, open files, disk and latency. */
final class SoakPicture {
    private static final int WIDTH = 460;
    private static final int HEIGHT = 240;
    private static final int LEFT = 56;
    private static final int TOP = 28;
    private static final int RIGHT = 12;
    private static final int BOTTOM = 62;
    private static final List<String> COLOURS = List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00");

    private final List<Sample> samples;

    SoakPicture(List<Sample> samples) {
        this.samples = List.copyOf(samples);
    }

    String svg() {
        Map<String, ToDoubleFunction<Sample>> memory = new LinkedHashMap<>();
        Map<String, ToDoubleFunction<Sample>> files = new LinkedHashMap<>();
        Map<String, ToDoubleFunction<Sample>> disk = new LinkedHashMap<>();
        Sample first = samples.getFirst();
        first.memory().keySet().forEach(name -> memory.put(name, sample -> value(sample.memory(), name) / 1e6));
        first.files().keySet().forEach(name -> files.put(name, sample -> value(sample.files(), name)));
        first.disk().keySet().forEach(name -> disk.put(name, sample -> value(sample.disk(), name) / 1e6));
        Map<String, ToDoubleFunction<Sample>> latency = new LinkedHashMap<>();
        latency.put("run, median", Sample::run50);
        latency.put("run, 95 %", Sample::run95);
        latency.put("read, median", Sample::read50);
        latency.put("read, 95 %", Sample::read95);
        return """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11">
                <rect width="100%%" height="100%%" fill="white"/>
                %s%s%s%s</svg>
                """.formatted(
                        2 * WIDTH,
                        2 * HEIGHT,
                        panel(0, 0, "Resident memory, MB", memory),
                        panel(WIDTH, 0, "Open files", files),
                        panel(0, HEIGHT, "Disk, MB", disk),
                        panel(WIDTH, HEIGHT, "Latency, ms", latency));
    }

    private static double value(Map<String, Long> map, String name) {
        return map.getOrDefault(name, 0L);
    }

    private String panel(int x, int y, String title, Map<String, ToDoubleFunction<Sample>> lines) {
        double top = nice(lines.values().stream()
                .flatMap(line -> samples.stream().map(line::applyAsDouble))
                .max(Double::compare)
                .orElse(1.0));
        double last = samples.getLast().runs();
        double wide = WIDTH - LEFT - RIGHT;
        double high = HEIGHT - TOP - BOTTOM;
        StringBuilder svg = new StringBuilder();
        svg.append(text(x + LEFT, y + 16, "start", title));
        for (int i = 0; i <= 4; i++) {
            double at = y + TOP + high * (4 - i) / 4;
            svg.append(String.format(
                    Locale.ROOT, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>%n", x + LEFT, at, x + WIDTH - RIGHT));
            svg.append(text(x + LEFT - 6, at + 4, "end", String.format(Locale.ROOT, "%,.0f", top * i / 4)));
        }
        svg.append(text(x + LEFT, y + TOP + high + 15, "start", "0"));
        svg.append(text(x + WIDTH - RIGHT, y + TOP + high + 15, "end", String.format(Locale.ROOT, "%,.0f runs", last)));
        int colour = 0;
        List<String> names = new ArrayList<>(lines.keySet());
        for (String name : names) {
            ToDoubleFunction<Sample> line = lines.getOrDefault(name, sample -> 0);
            StringBuilder points = new StringBuilder();
            for (Sample sample : samples) {
                points.append(String.format(
                        Locale.ROOT,
                        "%.1f,%.1f ",
                        x + LEFT + wide * sample.runs() / last,
                        y + TOP + high * (1 - line.applyAsDouble(sample) / top)));
            }
            svg.append("<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"")
                    .append(COLOURS.get(colour))
                    .append("\" points=\"")
                    .append(points.toString().strip())
                    .append("\"/>\n");
            int column = x + LEFT + (colour % 3) * 132;
            double row = y + TOP + high + 32 + (colour / 3) * 15;
            svg.append(String.format(
                    Locale.ROOT,
                    "<rect x=\"%d\" y=\"%.1f\" width=\"10\" height=\"3\" fill=\"%s\"/>%n",
                    column,
                    row - 5,
                    COLOURS.get(colour)));
            svg.append(text(column + 14, row, "start", name));
            colour++;
        }
        return svg.toString();
    }

    private static String text(double x, double y, String anchor, String text) {
        return String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, text);
    }

    /** A round number that isn't less. */
    private static double nice(double most) {
        double unit = Math.pow(10, Math.floor(Math.log10(Math.max(most, 1))));
        for (double times : new double[] {1, 2, 4, 5, 8, 10}) {
            if (most <= times * unit) {
                return times * unit;
            }
        }
        return 10 * unit;
    }
}
