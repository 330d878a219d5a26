package dev.millrace.task;

import dev.millrace.pipeline.Shaping;
import dev.millrace.staging.Drift;
import dev.millrace.staging.Reject;
import dev.millrace.warehouse.Capabilities;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.LocalDate;
import java.util.List;

/**
 * The rows that the records of a {@link Sample} make, of which nothing is loaded: what the transformer answers to a {@link
 * Wanted} at {@code POST /previews}.
 *
 * @param rows each with one text per column, as a {@link Query.Result} has them; null for NULL
 * @param made how many there are; {@code rows} are the first of them
 * @param filtered records that the filter left out
 * @param rejected how many records were rejected; {@code rejects} are the first of them
 * @param drift null: nobody looked
 * @param warnings of values that were not taken as they were sent
 */
@Serdeable
public record Preview(
        List<List<@Nullable String>> rows,
        long made,
        long filtered,
        long rejected,
        List<Reject> rejects,
        @Nullable Drift drift,
        List<String> warnings) {
    /** The subject of service tokens for previews. */
    public static final String SUBJECT = "preview";

    /** Of rows that are told. */
    public static final int MOST = 1_000;

    public Preview {
        rejects = List.copyOf(rejects);
        warnings = List.copyOf(warnings);
    }

    /**
     * @param day that the rows would be of; null when everything is loaded
     * @param capabilities of the warehouse that they would be for
     */
    @Serdeable
    public record Wanted(Sample sample, @Nullable LocalDate day, Shaping shaping, Capabilities capabilities) {}
}
