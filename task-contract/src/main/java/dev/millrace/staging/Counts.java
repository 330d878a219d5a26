package dev.millrace.staging;

import io.micronaut.core.annotation.Creator;
import io.micronaut.serde.annotation.Serdeable;

/**
 * The account of the records that a step read: each was handed on, rejected or filtered.
 *
 * @param records read by the step
 * @param rows handed on: one of each record that was, and those that exploding made beside it
 * @param rejected records kept with a reason
 * @param filtered records left out as the pipeline asked
 * @param exploded rows handed on beyond the first of each record
 */
@Serdeable
public record Counts(long records, long rows, long rejected, long filtered, long exploded) {
    /** Of no records. */
    public static final Counts NONE = new Counts(0, 0, 0, 0, 0);

    @Creator // of two constructors, that which reads JSON
    public Counts {
        if (rows < 0
                || rejected < 0
                || filtered < 0
                || exploded < 0
                || exploded > rows
                || records + exploded != rows + rejected + filtered) {
            throw new IllegalArgumentException("counts: " + records + " records, " + rows + " rows, " + rejected
                    + " rejected, " + filtered + " filtered, " + exploded
                    + " exploded (expected: records + exploded = rows + rejected + filtered)");
        }
    }

    /** Of a step that makes one row of each record. */
    public Counts(long records, long rows, long rejected, long filtered) {
        this(records, rows, rejected, filtered, 0);
    }

    /** Of both together. */
    public Counts plus(Counts other) {
        return new Counts(
                records + other.records,
                rows + other.rows,
                rejected + other.rejected,
                filtered + other.filtered,
                exploded + other.exploded);
    }
}
