package dev.millrace.transformer;

import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The names that the last object at a place had, in their order. For one thread. */
final class Layout {
    /** Objects whose names are data have ever other ones. */
    private static final int MAX_NAMES = 1_000;

    private final List<Name> names = new ArrayList<>();
    private final List<byte[]> quoted = new ArrayList<>();
    private final List<Optional<FieldTree>> children = new ArrayList<>();

    int size() {
        return names.size();
    }

    Name name(int number) {
        return names.get(number);
    }

    /** The name as JSON has it. */
    byte[] quoted(int number) {
        return quoted.get(number);
    }

    /** Null when no column is there or below. */
    @Nullable
    FieldTree child(int number) {
        return children.get(number).orElse(null);
    }

    /** Forgets the names from the given one on. */
    void shorten(int size) {
        names.subList(size, names.size()).clear();
        quoted.subList(size, quoted.size()).clear();
        children.subList(size, children.size()).clear();
    }

    void add(Name name, byte[] asSent, @Nullable FieldTree child) {
        if (names.size() < MAX_NAMES) {
            names.add(name.alone());
            quoted.add(asSent);
            children.add(Optional.ofNullable(child));
        }
    }
}
