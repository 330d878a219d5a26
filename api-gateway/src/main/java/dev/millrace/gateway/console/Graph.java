package dev.millrace.gateway.console;

import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What comes after what, drawn from left to right: each node stands one column behind the last of those that it comes after.
 *
 * @param width of the drawing, in units of it
 */
record Graph(List<Node> nodes, List<Edge> edges, int width, int height) {
    static final int WIDE = 190;
    static final int HIGH = 32;
    private static final int COLUMN = 250;
    private static final int ROW = 46;
    private static final int MARGIN = 8;
    private static final int LONGEST = 22;

    /**
     * @param style class of its state
     * @param x of its upper left corner
     */
    record Node(String name, String style, int x, int y) {
        /** As much of the name as has room. */
        String shown() {
            return name.length() > LONGEST ? name.substring(0, LONGEST - 1) + "…" : name;
        }
    }

    record Edge(int fromX, int fromY, int toX, int toY) {
        String path() {
            int middle = (fromX + toX) / 2;
            return "M" + fromX + " " + fromY + "C" + middle + " " + fromY + " " + middle + " " + toY + " " + toX + " "
                    + toY;
        }
    }

    /**
     * @param after of each name those that it comes after, which are names too; no name comes after itself, whatever is between
     * @param styles classes of their states; a name that is missing there is none of the pipeline's own
     * @return null: nothing comes after anything
     */
    static @Nullable Graph of(Map<String, List<String>> after, Map<String, String> styles) {
        if (after.values().stream().allMatch(List::isEmpty)) {
            return null;
        }
        Map<String, Integer> columns = new HashMap<>();
        after.keySet().forEach(name -> column(name, after, columns));
        Map<Integer, Integer> rows = new HashMap<>();
        Map<String, Node> nodes = new LinkedHashMap<>();
        after.keySet().forEach(name -> {
            int column = Objects.requireNonNull(columns.get(name));
            int row = rows.merge(column, 1, Integer::sum) - 1;
            nodes.put(
                    name,
                    new Node(name, styles.getOrDefault(name, "foreign"), MARGIN + column * COLUMN, MARGIN + row * ROW));
        });
        List<Edge> edges = new ArrayList<>();
        after.forEach((name, before) -> before.forEach(each -> {
            Node from = Objects.requireNonNull(nodes.get(each));
            Node to = Objects.requireNonNull(nodes.get(name));
            edges.add(new Edge(from.x() + WIDE, from.y() + HIGH / 2, to.x(), to.y() + HIGH / 2));
        }));
        int last = columns.values().stream().max(Integer::compare).orElse(0);
        int most = rows.values().stream().max(Integer::compare).orElse(0);
        return new Graph(
                List.copyOf(nodes.values()),
                edges,
                last * COLUMN + WIDE + 2 * MARGIN,
                most * ROW - (ROW - HIGH) + 2 * MARGIN);
    }

    private static int column(String name, Map<String, List<String>> after, Map<String, Integer> known) {
        Integer column = known.get(name);
        if (column == null) {
            column = 0;
            for (String before : after.getOrDefault(name, List.of())) {
                column = Math.max(column, column(before, after, known) + 1);
            }
            known.put(name, column);
        }
        return column;
    }
}
