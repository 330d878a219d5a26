package dev.millrace.staging;

import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * What a run that is cut into slices reads: made once, before any of it is read, so that all slices mean the same. Written
 * last and create-only, like a {@link Manifest}.
 *
 * @param task the task that wrote it, {@code attempt} of it
 * @param inputs parts of lines, each a file or a range of one; only the extractor knows what is in them
 * @param bytes of all inputs, as stored
 * @param slices how many inputs each slice has, in their order; at least one slice, be it of none
 */
@Serdeable
public record SlicePlan(String task, int attempt, List<Part> inputs, long bytes, List<Long> slices) {
    /** Name of the object within the attempt's folder. */
    public static final String NAME = "plan.json";

    public SlicePlan {
        inputs = List.copyOf(inputs);
        slices = List.copyOf(slices);
        long lines = inputs.stream().mapToLong(Part::rows).sum();
        long sliced = slices.stream().mapToLong(Long::longValue).sum();
        if (slices.isEmpty() || lines != sliced) {
            throw new IllegalArgumentException(slices.size() + " slices of " + sliced
                    + " inputs (expected: at least one, of " + lines + " inputs)");
        }
    }

    /** How many files, or ranges of files, there are. */
    public long count() {
        return inputs.stream().mapToLong(Part::rows).sum();
    }
}
