package dev.millrace.transformer.json;

import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjLongConsumer;

/**
 * The names that the last object at a place had, in their order, and how often objects there had names that no column
 * reads. As long as objects have the same names, that is one number for all of them. For one thread.
 */
final class Layout {
    /** Objects whose names are data have ever other ones. */
    private static final int MAX_NAMES = 1_000;

    private final List<Member> members = new ArrayList<>();
    /** Objects with exactly the members, which these don't count yet. */
    private long same;
    /** Names that no column reads and that are no members any more. */
    private final Map<Name, Long> former = new HashMap<>();

    /** A name of the last object. */
    static final class Member {
        private final Name name;
        private final byte[] quoted;
        private final @Nullable FieldTree child;
        private long objects;

        private Member(Name name, byte[] quoted, @Nullable FieldTree child) {
            this.name = name;
            this.quoted = quoted;
            this.child = child;
        }

        public Name name() {
            return name;
        }

        /** The name as it was sent, with its quotes and escapes. */
        public byte[] quoted() {
            return quoted;
        }

        /** Null when no column is there or below. */
        @Nullable
        public FieldTree child() {
            return child;
        }
    }

    public int size() {
        return members.size();
    }

    public Member member(int number) {
        return members.get(number);
    }

    /** Forgets the names from the given one on. */
    public void shorten(int size) {
        countSame();
        List<Member> left = members.subList(size, members.size());
        for (Member member : left) {
            if (member.child == null
                    && member.objects > 0
                    && (former.size() < MAX_NAMES || former.containsKey(member.name))) {
                former.merge(member.name, member.objects, Long::sum);
            }
        }
        left.clear();
    }

    public void add(Name name, byte[] quoted, @Nullable FieldTree child) {
        if (members.size() < MAX_NAMES) {
            members.add(new Member(name.alone(), quoted, child));
        }
    }

    /** Counts an object that has ended, and had the first of the names. */
    public void count(int names) {
        if (names == members.size()) {
            same++;
            return;
        }
        countSame();
        for (int i = 0; i < names; i++) {
            members.get(i).objects++;
        }
    }

    private void countSame() {
        if (same > 0) {
            for (int i = 0; i < members.size(); i++) {
                members.get(i).objects += same;
            }
            same = 0;
        }
    }

    /** Tells of each name that no column reads how many objects had it. */
    public void unread(ObjLongConsumer<Name> taker) {
        shorten(0);
        former.forEach(taker::accept);
    }
}
