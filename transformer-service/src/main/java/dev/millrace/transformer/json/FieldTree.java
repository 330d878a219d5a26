package dev.millrace.transformer.json;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Flatten;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Shaping;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The paths of all columns, as the tree that they are in a record. Not changed once it is built. */
public final class FieldTree {
    private final Map<Name, FieldTree> children = new HashMap<>();
    private final List<@Nullable FieldTree> elements = new ArrayList<>();
    private final List<Target> targets = new ArrayList<>();
    private final List<Integer> columnsInFields = new ArrayList<>();
    private final List<Integer> columnsInElements = new ArrayList<>();
    private final List<Integer> flattenedColumns = new ArrayList<>();
    private final int[] numbers;
    private final String path;
    private boolean readWhole;
    private boolean exploded;
    private char explodedIn;

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
     * @param oneOfSeveral the path that leads here, of a column that may be found at several; null: this is the only one
     */
    public record Target(
            int position,
            boolean raw,
            boolean repeated,
            @Nullable FieldTree record,
            @Nullable String oneOfSeveral) {
        private static Target of(
                int position, Column column, FieldTree node, boolean texts, @Nullable String oneOfSeveral) {
            return new Target(
                    position,
                    column.type() == Column.Type.JSON && !texts,
                    column.mode() == Column.Mode.REPEATED,
                    column.type() == Column.Type.RECORD ? FieldTree.of(column.fields(), node, position, texts) : null,
                    oneOfSeveral);
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
    public static FieldTree of(List<Column> columns) {
        return of(new Shaping(columns, null, null, null, List.of()), false);
    }

    /**
     * The columns that are read from a record.
     *
     * @param texts whether all values are texts, so that JSON can only be one
     */
    public static FieldTree of(Shaping shaping, boolean texts) {
        FieldTree root = of(shaping, "", 0, texts);
        root.markReadWhole(shaping.schema().stream().anyMatch(column -> column.metadata() == Column.Metadata.RECORD));
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
        List<JsonPath> paths = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            if (flatten != null && column.isRead() && column.from() == null) {
                for (List<String> names : flatten.paths(column.name())) {
                    root.addFlattened(i, column, names, texts);
                }
            } else if (column.isRead()) {
                JsonPath way = JsonPath.of(column.path());
                root.add(i, column, way, texts);
                paths.add(way);
            }
        }
        if (shaping.explode() != null) {
            JsonPath way = JsonPath.of(shaping.explode());
            root.addExploded(way);
            paths.add(way);
        }
        paths.forEach(root::addJoinedNames);
        return root;
    }

    private void addFlattened(int position, Column column, List<String> names, boolean texts) {
        FieldTree node = this;
        for (String name : names) {
            if (node != this) {
                node.flattenedColumns.add(position);
            }
            node = node.child(new JsonPath.Step.Name(name, false));
        }
        node.targets.add(Target.of(position, column, node, texts, String.join(".", names)));
    }

    private void add(int position, Column column, JsonPath path, boolean texts) {
        FieldTree node = this;
        for (JsonPath.Step step : path.steps()) {
            switch (step) {
                case JsonPath.Step.Name _ -> node.columnsInFields.add(position);
                case JsonPath.Step.Element _ -> node.columnsInElements.add(position);
            }
            node = node.child(step);
        }
        node.targets.add(Target.of(position, column, node, texts, path.hasJoinedNames() ? path.toString() : null));
    }

    private void addExploded(JsonPath path) {
        FieldTree node = this;
        for (JsonPath.Step step : path.steps()) {
            node.explodedIn = switch (step) {
                case JsonPath.Step.Name _ -> '{';
                case JsonPath.Step.Element _ -> '[';
            };
            node = node.child(step);
        }
        node.exploded = true;
    }

    /**
     * Names with points between them may be one field's name. Where another path names that field by itself, it is that
     * one's.
     */
    private void addJoinedNames(JsonPath path) {
        List<FieldTree> way = new ArrayList<>(List.of(this));
        for (JsonPath.Step step : path.steps()) {
            way.add(way.getLast().child(step));
        }
        for (int start = 0; start < path.steps().size(); start++) {
            String joined = "";
            for (int i = start;
                    i < path.steps().size()
                            && path.steps().get(i) instanceof JsonPath.Step.Name(String name, boolean plain)
                            && plain;
                    i++) {
                joined = i == start ? name : joined + "." + name;
                FieldTree _ = way.get(start).children.putIfAbsent(Name.of(joined), way.get(i + 1));
            }
        }
    }

    private FieldTree child(JsonPath.Step step) {
        return switch (step) {
            case JsonPath.Step.Name(String name, boolean _) ->
                children.computeIfAbsent(Name.of(name), _ -> new FieldTree(numbers, pathOf(name)));
            case JsonPath.Step.Element(int position) -> {
                while (elements.size() <= position) {
                    elements.add(null);
                }
                FieldTree element = elements.get(position);
                if (element == null) {
                    element = new FieldTree(numbers, path + "[" + position + "]");
                    elements.set(position, element);
                }
                yield element;
            }
        };
    }

    /** Whether an array here is to be exploded. */
    public boolean isExploded() {
        return exploded;
    }

    /** Whether the way to the array that is to be exploded can't lead through a value that begins so. */
    public boolean keepsFromExploding(byte first) {
        return explodedIn != 0 && first != explodedIn && first != 'n';
    }

    /** Whether the way to the array that is to be exploded leads on by a field's name. */
    boolean isExplodedInObject() {
        return explodedIn == '{';
    }

    /** Of the columns that the tree was made of. */
    public int size() {
        return numbers.length;
    }

    /** Null when no column is there or below. */
    @Nullable
    public FieldTree child(Name name) {
        return children.get(name);
    }

    /** Null when no column is there or below. */
    @Nullable
    public FieldTree element(int position) {
        return position < elements.size() ? elements.get(position) : null;
    }

    /** Whether columns are in an object that stands here. */
    public boolean hasFields() {
        return !children.isEmpty();
    }

    /** Whether columns are in an array that stands here. */
    public boolean hasElements() {
        return !elements.isEmpty();
    }

    /** How many elements of an array here are looked at: up to the last one in which there are columns. */
    public int elements() {
        return elements.size();
    }

    /** The columns whose value stands here. */
    public List<Target> targets() {
        return targets;
    }

    /** Positions of the columns whose paths lead on from here by a field's name. */
    List<Integer> columnsInFields() {
        return columnsInFields;
    }

    /** Positions of the columns whose paths lead on from here by an array's element. */
    List<Integer> columnsInElements() {
        return columnsInElements;
    }

    /** Positions of the columns of which one possible path leads on from here. */
    List<Integer> flattenedColumns() {
        return flattenedColumns;
    }

    /** Whether a column reads all of the object here, so that none of its fields is read by nobody. */
    public boolean isReadWhole() {
        return readWhole;
    }

    private void markReadWhole(boolean above) {
        readWhole |= above || !targets.isEmpty();
        for (Target target : targets) {
            if (target.record != null) {
                target.record.markReadWhole(targets.size() > 1 || hasFields() || hasElements());
            }
        }
        for (FieldTree child : children.values()) {
            child.markReadWhole(readWhole);
        }
        for (FieldTree element : elements) {
            if (element != null) {
                element.markReadWhole(readWhole);
            }
        }
    }

    /** The path of a field of the object here. */
    public String pathOf(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** The number of a column among all columns, those within records included. */
    public int number(int position) {
        return numbers[position];
    }
}
