package dev.millrace.pipeline;

/**
 * What becomes of digits that a column has no place for: those of a number after the point, and those of a second
 * after the sixth.
 */
public enum Excess {
    /** The value doesn't fit. */
    REJECT,
    /** They are left out: a number comes nearer to zero, a time is an earlier one. */
    TRUNCATE,
    /** The nearest value that fits; of a number in the middle the one farther from zero, of a time the later one. */
    ROUND
}
