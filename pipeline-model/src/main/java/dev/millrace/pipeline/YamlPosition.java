package dev.millrace.pipeline;

import dev.millrace.problem.Problem;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * A position in the file that errors can point to.
 *
 * @param field its path, such as {@code endpoints.students.schema[2].type}; empty for the whole file
 * @param key the key that leads to the node; null for an item of a list and the whole file
 */
record YamlPosition(String field, @Nullable Node key, Node node) {
    static YamlPosition root(Node node) {
        return new YamlPosition("", null, node);
    }

    YamlPosition entry(NodeTuple tuple, String key) {
        return new YamlPosition(below(key), tuple.getKeyNode(), tuple.getValueNode());
    }

    YamlPosition item(int index, Node item) {
        return new YamlPosition(field + "[" + index + "]", null, item);
    }

    String below(String key) {
        return field.isEmpty() ? key : field + "." + key;
    }

    Problem.FieldError error(String file, String found, String expected) {
        // a mapping or list starts on the line after its key, where nobody would look for it
        Mark mark = key != null && !(node instanceof ScalarNode) ? key.getStartMark() : node.getStartMark();
        return error(file, mark, field, found, expected);
    }

    /** An error about a key itself, which is the last part of the path. */
    Problem.FieldError errorInKey(String file, NodeTuple tuple, String name, String found, String expected) {
        return error(file, tuple.getKeyNode().getStartMark(), below(name), found, expected);
    }

    private static Problem.FieldError error(String file, Mark mark, String field, String found, String expected) {
        return new Problem.FieldError(file, mark.getLine() + 1, mark.getColumn() + 1, field, found, expected);
    }

    /** The place that {@code path} leads to from here, or as near as the file goes; its field is the whole path. */
    YamlPosition find(String path) {
        YamlPosition nearest = nearest(path);
        return new YamlPosition(path.isEmpty() ? field : below(path), nearest.key, nearest.node);
    }

    private YamlPosition nearest(String path) {
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                if (tuple.getKeyNode() instanceof ScalarNode name && startsWith(path, name.getValue())) {
                    return entry(tuple, name.getValue()).nearest(rest(path, name.getValue()));
                }
            }
        } else if (node instanceof SequenceNode sequence && path.startsWith("[")) {
            int end = path.indexOf(']');
            int index = Integer.parseInt(path.substring(1, end));
            List<Node> items = sequence.getValue();
            if (index < items.size()) {
                return item(index, items.get(index)).nearest(rest(path, path.substring(0, end + 1)));
            }
        }
        return this;
    }

    private static boolean startsWith(String path, String key) {
        return path.equals(key) || path.startsWith(key + ".") || path.startsWith(key + "[");
    }

    private static String rest(String path, String start) {
        String rest = path.substring(start.length());
        return rest.startsWith(".") ? rest.substring(1) : rest;
    }
}
