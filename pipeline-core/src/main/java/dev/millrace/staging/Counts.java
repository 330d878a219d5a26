package dev.millrace.staging;

import io.micronaut.serde.annotation.Serdeable;

/**
 * What became of the records that a step read; each is in exactly one of the other three.
 *
 * @param records read by the step
 * @param rows handed on
 * @param rejected kept with a reason
 * @param filtered left out as the pipeline asked
 */
@Serdeable
public record Counts(long records, long rows, long rejected, long filtered) {
    public Counts {
        if (rows < 0 || rejected < 0 || filtered < 0 || records != rows + rejected + filtered) {
            throw new IllegalArgumentException("counts: " + records + " records, " + rows + " rows, " + rejected
                    + " rejected, " + filtered + " filtered (expected: records = rows + rejected + filtered)");
        }
    }
}
