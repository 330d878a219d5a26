package dev.millrace.transformer;

import java.util.List;

/**
 * What one record has for one column.
 *
 * @param text the characters of a text; numbers, objects and arrays as they were sent; of {@link Kind#BLOCKED} the
 *     value that is in the way; empty when there is nothing, and of what has parts
 * @param parts of the object that a RECORD is made of, one for each of its fields, or the elements of the array that a
 *     REPEATED column is made of; empty for every other column
 */
record Field(Kind kind, String text, List<Field> parts) {
    static final Field MISSING = new Field(Kind.MISSING, "");
    static final Field NULL = new Field(Kind.NULL, "");
    static final Field TRUE = new Field(Kind.BOOLEAN, "true");
    static final Field FALSE = new Field(Kind.BOOLEAN, "false");

    Field(Kind kind, String text) {
        this(kind, text, List.of());
    }

    boolean isNothing() {
        return kind == Kind.MISSING || kind == Kind.NULL;
    }

    /** What JSON has, and two ways of having nothing at the end of a path. */
    enum Kind {
        MISSING("nothing"),
        NULL("null"),
        TEXT("a text"),
        NUMBER("a number"),
        BOOLEAN("a boolean"),
        OBJECT("an object"),
        ARRAY("an array"),
        /** The path leads through a value that is not an object. */
        BLOCKED("a value inside of another");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }
}
