package dev.millrace.transformer;

import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.List;

/** The names that the last object at a place had, in their order. For one thread. */
final class Layout {
    /** Objects whose names are data have ever other ones. */
    private static final int MAX_NAMES = 1_000;

    private final List<Member> members = new ArrayList<>();

    /** A name of the last object. */
    static final class Member {
        private final Name name;
        private final byte[] quoted;
        private final @Nullable FieldTree child;

        private Member(Name name, byte[] quoted, @Nullable FieldTree child) {
            this.name = name;
            this.quoted = quoted;
            this.child = child;
        }

        Name name() {
            return name;
        }

        /** The name as it was sent, with its quotes and escapes. */
        byte[] quoted() {
            return quoted;
        }

        /** Null when no column is there or below. */
        @Nullable
        FieldTree child() {
            return child;
        }
    }

    int size() {
        return members.size();
    }

    Member member(int number) {
        return members.get(number);
    }

    /** Forgets the names from the given one on. */
    void shorten(int size) {
        members.subList(size, members.size()).clear();
    }

    void add(Name name, byte[] quoted, @Nullable FieldTree child) {
        if (members.size() < MAX_NAMES) {
            members.add(new Member(name.alone(), quoted, child));
        }
    }
}
