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
    private final int size;
    private boolean exploded;
    private boolean explodedBelow;

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
     * @param flattened the path that leads here, of a column that may be found at several; null: this is the only one
     */
    record Target(
            int position,
            boolean raw,
            boolean repeated,
            @Nullable FieldTree record,
            @Nullable String flattened) {
        private static Target of(int position, Column column, @Nullable String flattened) {
            return new Target(
                    position,
                    column.type() == Column.Type.JSON,
                    column.mode() == Column.Mode.REPEATED,
                    column.type() == Column.Type.RECORD ? FieldTree.of(column.fields()) : null,
                    flattened);
        }

        boolean hasParts() {
            return repeated || record != null;
        }
    }

    /** The columns within a RECORD. */
    static FieldTree of(List<Column> columns) {
        return of(new Shaping(columns, null, null, null, List.of()));
    }

    /** The columns that are read from a record. */
    static FieldTree of(Shaping shaping) {
        List<Column> columns = shaping.schema();
        Flatten flatten = shaping.flatten();
        FieldTree root = new FieldTree(columns.size());
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            if (flatten != null && column.isRead() && column.from() == null) {
                for (List<String> path : flatten.paths(column.name())) {
                    root.at(path).targets.add(Target.of(i, column, String.join(".", path)));
                }
            } else if (column.isRead()) {
                List<String> path = names(column.path());
                for (int length = 0; length < path.size(); length++) {
                    root.at(path.subList(0, length)).columnsBelow.add(i);
                }
                root.at(path).targets.add(Target.of(i, column, null));
            }
        }
        if (shaping.explode() != null) {
            List<String> path = names(shaping.explode());
            for (int length = 0; length < path.size(); length++) {
                root.at(path.subList(0, length)).explodedBelow = true;
            }
            root.at(path).exploded = true;
        }
        return root;
    }

    private static List<String> names(String path) {
        return List.of(path.split("\\.", -1));
    }

    private FieldTree at(List<String> path) {
        FieldTree node = this;
        for (String name : path) {
            node = node.children.computeIfAbsent(Name.of(name), any -> new FieldTree(size));
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
        return size;
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
}
