package dev.millrace.pipeline;

import static java.util.stream.Collectors.joining;

import java.util.List;

/**
 * A record was offered values that make no sense. Names the components, so that whoever read the values from a file
 * can say where they stand.
 */
public final class InvalidValue extends IllegalArgumentException {
    private final transient List<Violation> violations;

    InvalidValue(List<Violation> violations) {
        super(violations.stream().map(Violation::toString).collect(joining("; ")));
        this.violations = List.copyOf(violations);
    }

    /** @see Violation */
    public InvalidValue(String field, Object found, String expected) {
        this(List.of(new Violation(field, String.valueOf(found), expected)));
    }

    /** At least one. */
    public List<Violation> violations() {
        return violations;
    }

    static void check(boolean valid, String field, Object found, String expected) {
        if (!valid) {
            throw new InvalidValue(field, found, expected);
        }
    }

    /**
     * @param field path from the record to the value, such as {@code keys} or {@code schema[2].name}
     * @param found the value as given; never a secret
     * @param expected what is allowed, in words that end a sentence
     */
    public record Violation(String field, String found, String expected) {
        @Override
        public String toString() {
            return field + ": '" + found + "' (expected: " + expected + ")";
        }
    }
}
