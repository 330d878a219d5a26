package dev.millrace.transformer.json;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The names that the objects around a place have had so far. Most objects have few, for which looking at all of them
 * costs a fraction of a hash set for each object. For one thread.
 */
final class SeenNames {
    private static final int FEW = 48;

    private Name[] names = new Name[64];
    private int count;
    /** Names beyond the few, by where their object starts. */
    private final Map<Integer, Set<Name>> more = new HashMap<>();

    /** Where an object starts; to be given to {@link #end}. */
    public int begin() {
        return count;
    }

    /**
     * Adds a name to the innermost object.
     *
     * @param start what {@link #begin} has answered for it
     * @return false when the object has had it
     */
    public boolean add(int start, Name name) {
        for (int i = start; i < count; i++) {
            if (names[i].equals(name)) {
                return false;
            }
        }
        if (count - start >= FEW) {
            return more.computeIfAbsent(start, _ -> new HashSet<>()).add(name);
        }
        if (count == names.length) {
            names = Arrays.copyOf(names, 2 * count);
        }
        names[count++] = name;
        return true;
    }

    /** Forgets the names of the innermost object. */
    public void end(int start) {
        if (count - start >= FEW) {
            more.remove(start);
        }
        count = start;
    }

    /** Forgets all, wherever reading has stopped. */
    public void clear() {
        count = 0;
        more.clear();
    }
}
