package dev.millrace.extractor.format;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.pipeline.Names;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The names of a file's fields, in their order; an empty one is of a field that nobody reads. */
final class FieldNames {
    /** In an error. */
    private static final int MOST_NAMES = 20;

    private static final byte[] NOTHING = {};

    private FieldNames() {}

    /** Each as it begins a member of an object; empty where there is none. */
    static byte[][] encoded(List<String> names) {
        return names.stream()
                .map(name -> name.isEmpty() ? NOTHING : ObjectBytes.name(name))
                .toArray(byte[][]::new);
    }

    /**
     * @param found what the error begins with, before the names that are missing
     * @throws MalformedSource when an expected name is missing
     */
    static void check(String found, List<String> names, List<String> expected) throws MalformedSource {
        Set<String> known = Set.copyOf(names);
        List<String> lacking =
                expected.stream().filter(name -> !known.contains(name)).toList();
        if (!lacking.isEmpty()) {
            throw MalformedSource.unreadable(found
                    + lacking.stream()
                            .limit(MOST_NAMES)
                            .map(name -> "'" + name + "'" + nearest(name, known))
                            .collect(Collectors.joining(", "))
                    + "; it has " + list(names)
                    + " (expected: all columns of the schema that aren't optional: true)");
        }
    }

    private static String nearest(String name, Set<String> known) {
        return Names.nearest(name, known)
                .map(near -> " (is it '" + near + "'?)")
                .orElse("");
    }

    /** For an error. */
    static String list(List<String> names) {
        return names.stream().limit(MOST_NAMES).collect(Collectors.joining("', '", "'", "'"))
                + (names.size() > MOST_NAMES ? " and " + (names.size() - MOST_NAMES) + " more" : "");
    }
}
