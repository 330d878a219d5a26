package dev.millrace.transformer;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.transformer.json.FieldTree;
import java.util.List;

/** What other tables read in the records of which one is made. Not changed once it is made. */
final class ReadElsewhere {
    private final List<String> paths;

    /** @param paths as a file has them */
    ReadElsewhere(List<String> paths) {
        this.paths = paths.stream().map(path -> plain(JsonPath.of(path))).toList();
    }

    /** The path as {@link FieldTree#pathOf} has it. */
    private static String plain(JsonPath path) {
        StringBuilder plain = new StringBuilder();
        for (JsonPath.Step step : path.steps()) {
            switch (step) {
                case JsonPath.Step.Name(String name, boolean _) ->
                    plain.append(plain.isEmpty() ? "" : ".").append(name);
                case JsonPath.Step.Element(int position) ->
                    plain.append('[').append(position).append(']');
            }
        }
        return plain.toString();
    }

    /** Whether a field is read, or something in it, or all that is around it. */
    boolean reads(String field) {
        return paths.stream().anyMatch(path -> leadsInto(path, field) || leadsInto(field, path));
    }

    private static boolean leadsInto(String whole, String part) {
        return whole.startsWith(part)
                && (whole.length() == part.length()
                        || whole.charAt(part.length()) == '.'
                        || whole.charAt(part.length()) == '[');
    }
}
