package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Flatten;
import dev.millrace.pipeline.Shaping;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The paths of all columns, as the tree that they are in a record. Not changed once it is built. */
final class FieldTree {
    private final Map<Name, FieldTree> children = new HashMap<>();
    private final List<Target> targets = new ArrayList<>();
    private final List<Integer> columnsBelow = new ArrayList<>();
    private final List<Integer> flattenedBelow = new ArrayList<>();
    private final int[] numbers;
    private final String path;
    private boolean readWhole;
    private boolean exploded;
    private boolean explodedBelow;

    /**
     * @param numbers of the columns that the tree is made of, among all columns, those within records included
     * @param path from the record to here
     */
    private FieldTree(int[] numbers, String path) {
        this.numbers = numbers;
        this.path = path;
    }

    /**
     * A column whose value stands at a node.
     *
     * @param position among the columns that the tree was made of
     * @param raw whether the value is wanted as JSON has it, with quotes and escapes
     * @param repeated whether an array's elements are wanted one by one
     * @param record the paths within an object; null: it is wanted as a whole
     * @param flattened the path that leads here, of a column that may be found at several; null: this is the only one
     */
    record Target(
            int position,
            boolean raw,
            boolean repeated,
            @Nullable FieldTree record,
            @Nullable String flattened) {
        private static Target of(
                int position, Column column, FieldTree node, boolean texts, @Nullable String flattened) {
            return new Target(
                    position,
                    column.type() == Column.Type.JSON && !texts,
                    column.mode() == Column.Mode.REPEATED,
                    column.type() == Column.Type.RECORD ? FieldTree.of(column.fields(), node, position, texts) : null,
                    flattened);
        }

        boolean hasParts() {
            return repeated || record != null;
        }
    }

    /** The columns within a RECORD. */
    private static FieldTree of(List<Column> columns, FieldTree node, int position, boolean texts) {
        Shaping shaping = new Shaping(columns, null, null, null, List.of());
        return of(shaping, node.path, node.numbers[position] + 1, texts);
    }

    /** The columns of a record that is neither exploded nor flattened. */
    static FieldTree of(List<Column> columns) {
        return of(new Shaping(columns, null, null, null, List.of()), false);
    }

    /**
     * The columns that are read from a record.
     *
     * @param texts whether all values are texts, so that JSON can only be one
     */
    static FieldTree of(Shaping shaping, boolean texts) {
        FieldTree root = of(shaping, "", 0, texts);
        root.markReadWhole(false);
        return root;
    }

    /**
     * @param path of the object that the columns are read from; empty: the record
     * @param first number of the first column
     */
    private static FieldTree of(Shaping shaping, String path, int first, boolean texts) {
        List<Column> columns = shaping.schema();
        Flatten flatten = shaping.flatten();
        int[] numbers = new int[columns.size()];
        int next = first;
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = next;
            next += columns.get(i).size();
        }
        FieldTree root = new FieldTree(numbers, path);
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            if (flatten != null && column.isRead() && column.from() == null) {
                for (List<String> way : flatten.paths(column.name())) {
                    for (int length = 0; length < way.size(); length++) {
                        root.at(way.subList(0, length)).flattenedBelow.add(i);
                    }
                    FieldTree node = root.at(way);
                    node.targets.add(Target.of(i, column, node, texts, String.join(".", way)));
                }
            } else if (column.isRead()) {
                List<String> way = names(column.path());
                for (int length = 0; length < way.size(); length++) {
                    root.at(way.subList(0, length)).columnsBelow.add(i);
                }
                FieldTree node = root.at(way);
                node.targets.add(Target.of(i, column, node, texts, null));
            }
        }
        if (shaping.explode() != null) {
            List<String> way = names(shaping.explode());
            for (int length = 0; length < way.size(); length++) {
                root.at(way.subList(0, length)).explodedBelow = true;
            }
            root.at(way).exploded = true;
        }
        return root;
    }

    private static List<String> names(String path) {
        return List.of(path.split("\\.", -1));
    }

    private FieldTree at(List<String> path) {
        FieldTree node = this;
        for (String name : path) {
            String way = node.pathOf(name);
            node = node.children.computeIfAbsent(Name.of(name), _ -> new FieldTree(numbers, way));
        }
        return node;
    }

    /** Whether an array here is to be exploded. */
    boolean isExploded() {
        return exploded;
    }

    /** Whether the way to the array that is to be exploded leads on from here. */
    boolean isExplodedBelow() {
        return explodedBelow;
    }

    /** Of the columns that the tree was made of. */
    int size() {
        return numbers.length;
    }

    /** Null when no column is there or below. */
    @Nullable
    FieldTree child(Name name) {
        return children.get(name);
    }

    boolean hasChildren() {
        return !children.isEmpty();
    }

    /** The columns whose value stands here. */
    List<Target> targets() {
        return targets;
    }

    /** Positions of the columns whose paths lead on from here. */
    List<Integer> columnsBelow() {
        return columnsBelow;
    }

    /** Positions of the columns that flattening may find below. */
    List<Integer> flattenedBelow() {
        return flattenedBelow;
    }

    /** Whether a column reads all of the object here, so that none of its fields is read by nobody. */
    boolean isReadWhole() {
        return readWhole;
    }

    private void markReadWhole(boolean above) {
        readWhole = above || !targets.isEmpty();
        for (Target target : targets) {
            if (target.record != null) {
                target.record.markReadWhole(targets.size() > 1 || !children.isEmpty());
            }
        }
        for (FieldTree child : children.values()) {
            child.markReadWhole(readWhole);
        }
    }

    /** The path of a field of the object here. */
    String pathOf(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** The number of a column among all columns, those within records included. */
    int number(int position) {
        return numbers[position];
    }
}
