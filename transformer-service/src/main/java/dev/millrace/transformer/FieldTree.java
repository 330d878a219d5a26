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
    private final List<Integer> columns = new ArrayList<>();
    private final List<Integer> columnsBelow = new ArrayList<>();

    static FieldTree of(List<Column> schema) {
        FieldTree root = new FieldTree();
        for (int i = 0; i < schema.size(); i++) {
            FieldTree node = root;
            for (String name : schema.get(i).path().split("\\.", -1)) {
                node.columnsBelow.add(i);
                node = node.children.computeIfAbsent(name, any -> new FieldTree());
            }
            node.columns.add(i);
        }
        return root;
    }

    /** Null when no column is there or below. */
    @Nullable
    FieldTree child(String name) {
        return children.get(name);
    }

    boolean hasChildren() {
        return !children.isEmpty();
    }

    /** The columns whose value stands here, as positions in the schema. */
    List<Integer> columns() {
        return columns;
    }

    /** The columns whose paths lead on from here. */
    List<Integer> columnsBelow() {
        return columnsBelow;
    }
}
