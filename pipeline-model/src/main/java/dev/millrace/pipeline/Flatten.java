package dev.millrace.pipeline;

import io.micronaut.serde.annotation.Serdeable;
import java.util.ArrayList;
import java.util.List;

/**
 * Objects in a record whose fields stand beside those of the record itself.
 *
 * @param depth how many objects may be around a field; deeper ones stay what they are, one value
 * @param separator between the names on the way to a field
 */
@Serdeable
@Doc("Makes the fields of objects columns, named by the way to them: address_city reads address.city.")
public record Flatten(
        @Doc("Levels of objects that are dissolved, 1 to 15; what is deeper stays one JSON value.")
        int depth,

        @Default("_") @Doc("What stands between the names on the way to a field.")
        String separator) {
    /** As deep as BigQuery nests. */
    private static final int MAX_DEPTH = 15;

    /** A name with many separators may mean very many paths. */
    private static final int MAX_PATHS = 1_000;

    public Flatten {
        Checks checks = new Checks();
        checks.that(depth >= 1 && depth <= MAX_DEPTH, "depth", depth, "1 to " + MAX_DEPTH);
        checks.that(separator.matches("[A-Za-z0-9_]{1,10}"), "separator", separator, "up to 10 letters, digits and _");
        checks.done();
    }

    /**
     * All paths whose names make {@code name} when the separator is put between them, that of the one field first.
     *
     * @throws InvalidValue when there are too many
     */
    public List<List<String>> paths(String name) {
        List<List<String>> paths = new ArrayList<>();
        add(paths, List.of(), name);
        return paths;
    }

    private void add(List<List<String>> paths, List<String> way, String rest) {
        if (paths.size() == MAX_PATHS) {
            throw new InvalidValue(
                    "name",
                    rest,
                    "a column with a from: with this depth and separator the name means more than " + MAX_PATHS
                            + " paths");
        }
        paths.add(with(way, rest));
        if (way.size() == depth) {
            return;
        }
        int at = rest.indexOf(separator, 1);
        while (at > 0 && at + separator.length() < rest.length()) {
            add(paths, with(way, rest.substring(0, at)), rest.substring(at + separator.length()));
            at = rest.indexOf(separator, at + 1);
        }
    }

    private static List<String> with(List<String> way, String name) {
        List<String> longer = new ArrayList<>(way);
        longer.add(name);
        return List.copyOf(longer);
    }
}
