package dev.millrace.task;

import io.micronaut.serde.annotation.Serdeable;

/**
 * One of the slices that a run is cut into. They are in the order of what is read.
 *
 * @param planned attempt of the plan that it is a slice of: another plan has other slices
 * @param number from 1
 * @param of how many there are
 */
@Serdeable
public record Slice(int planned, int number, int of) {
    public Slice {
        if (planned < 1 || number < 1 || number > of) {
            throw new IllegalArgumentException("slice: " + number + " of " + of + " of plan " + planned
                    + " (expected: plans from 1, and slices from 1 up to as many as there are)");
        }
    }

    /** As users read it. */
    @Override
    public String toString() {
        return "slice " + number + " of " + of;
    }
}
