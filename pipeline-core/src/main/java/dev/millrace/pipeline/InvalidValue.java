package dev.millrace.pipeline;

import static java.util.Objects.requireNonNull;

/**
 * A record was offered a value that makes no sense. Names the component, so that whoever read the value from a
 * file can say where it stands.
 */
public final class InvalidValue extends IllegalArgumentException {
    private final String field;
    private final String found;
    private final String expected;

    /**
     * @param field the record's component
     * @param found the value as given; never a secret
     * @param expected what is allowed, in words that end a sentence
     */
    public InvalidValue(String field, Object found, String expected) {
        super(field + ": '" + found + "' (expected: " + expected + ")");
        this.field = requireNonNull(field, "field");
        this.found = String.valueOf(found);
        this.expected = requireNonNull(expected, "expected");
    }

    public String field() {
        return field;
    }

    public String found() {
        return found;
    }

    public String expected() {
        return expected;
    }

    static void check(boolean valid, String field, Object found, String expected) {
        if (!valid) {
            throw new InvalidValue(field, found, expected);
        }
    }
}
