package dev.millrace.pipeline;

/** What numbers count that name moments, from 1970 in UTC, without leap seconds. */
public enum Epoch {
    SECONDS(0),
    MILLIS(3),
    MICROS(6),
    NANOS(9);

    private final int digits;

    Epoch(int digits) {
        this.digits = digits;
    }

    /** How many digits a second's fraction has in this unit. */
    public int digits() {
        return digits;
    }
}
