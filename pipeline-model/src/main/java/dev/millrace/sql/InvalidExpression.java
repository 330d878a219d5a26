package dev.millrace.sql;

/** An expression that is not to be calculated, or can't be. */
public final class InvalidExpression extends Exception {
    private final String found;
    private final String expected;

    /**
     * @param found the part of the expression that is wrong
     * @param expected what is allowed, in words that end a sentence
     */
    InvalidExpression(String found, String expected) {
        super(found + " (expected: " + expected + ")");
        this.found = found;
        this.expected = expected;
    }

    public String found() {
        return found;
    }

    public String expected() {
        return expected;
    }
}
