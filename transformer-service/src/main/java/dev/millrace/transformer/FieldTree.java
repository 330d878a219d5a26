package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The paths of all columns, as the tree that they are in a record. Not changed once it is built. */
final class FieldTree {
    private final Map<String, FieldTree> children = new HashMap<>();
    private final List<Target> targets = new ArrayList<>();
    private final List<Integer> columnsBelow = new ArrayList<>();
    private final int size;

    private FieldTree(int size) {
        this.size = size;
    }

    /**
     * A column whose value stands at a node.
     *
     * @param position among the columns that the tree was made of
     * @param raw whether the value is wanted as JSON has it, with quotes and escapes
     * @param repeated whether an array's elements are wanted one by one
     * @param record the paths within an object; null: it is wanted as a whole
     */
    record Target(
            int position,
            boolean raw,
            boolean repeated,
            @Nullable FieldTree record) {
        private static Target of(int position, Column column) {
            return new Target(
                    position,
                    column.type() == Column.Type.JSON,
                    column.mode() == Column.Mode.REPEATED,
                    column.type() == Column.Type.RECORD ? FieldTree.of(column.fields()) : null);
        }

        boolean hasParts() {
            return repeated || record != null;
        }
    }

    static FieldTree of(List<Column> columns) {
        FieldTree root = new FieldTree(columns.size());
        for (int i = 0; i < columns.size(); i++) {
            FieldTree node = root;
            for (String name : columns.get(i).path().split("\\.", -1)) {
                node.columnsBelow.add(i);
                node = node.children.computeIfAbsent(name, any -> new FieldTree(columns.size()));
            }
            node.targets.add(Target.of(i, columns.get(i)));
        }
        return root;
    }

    /** Of the columns that the tree was made of. */
    int size() {
        return size;
    }

    /** Null when no column is there or below. */
    @Nullable
    FieldTree child(String name) {
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
}
