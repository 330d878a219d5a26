package dev.millrace.pipeline;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** The hint which names are allowed, for somebody who wrote another one. */
public final class Names {
    private static final LevenshteinDistance DISTANCE = LevenshteinDistance.getDefaultInstance();

    private Names() {}

    /** The names, preceded by the one that was probably meant. */
    static String expected(String found, Collection<String> names) {
        String all = names.size() == 1 ? names.iterator().next() : "one of " + String.join(", ", names);
        return nearest(found, names)
                .map(name -> name + ", if that was meant; allowed: " + String.join(", ", names))
                .orElse(names.isEmpty() ? "no key at all" : all);
    }

    /** The same of names that aren't keys. */
    public static String oneOf(String found, Collection<String> names) {
        return expected(found, names);
    }

    /** What an endpoint, or a table of the warehouse, is called that has the rows of a table: lower case, of letters, digits and _. */
    public static String ofTable(String table) {
        String plain = table.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
        return plain.matches("[a-z].*") ? plain : "t_" + plain;
    }

    /** The name that was probably meant; empty when none is like it. */
    public static Optional<String> nearest(String found, Collection<String> names) {
        return names.stream()
                .min(Comparator.comparingInt(name -> distance(found, name)))
                .filter(name -> distance(found, name) <= Math.max(1, name.length() / 3));
    }

    private static int distance(String one, String other) {
        return DISTANCE.apply(one.toLowerCase(Locale.ROOT), other.toLowerCase(Locale.ROOT));
    }
}
