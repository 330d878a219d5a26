package dev.millrace.task;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.Shaping;
import dev.millrace.staging.Drift;
import dev.millrace.staging.Reject;
import dev.millrace.warehouse.Capabilities;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
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
 * @param columns of the rows, where they were found in the records; null: they are those of the shaping
 */
@Serdeable
public record Preview(
        List<List<@Nullable String>> rows,
        long made,
        long filtered,
        long rejected,
        List<Reject> rejects,
        @Nullable Drift drift,
        List<String> warnings,
        @Nullable List<Column> columns) {
    /** The subject of service tokens for previews. */
    public static final String SUBJECT = "preview";

    /** Of rows that are told. */
    public static final int MOST = 1_000;

    @Creator // of two constructors, that which reads JSON
    public Preview {
        rejects = List.copyOf(rejects);
        warnings = List.copyOf(warnings);
        columns = columns == null ? null : List.copyOf(columns);
    }

    /** Rows whose columns the file says. */
    public Preview(
            List<List<@Nullable String>> rows,
            long made,
            long filtered,
            long rejected,
            List<Reject> rejects,
            @Nullable Drift drift,
            List<String> warnings) {
        this(rows, made, filtered, rejected, rejects, drift, warnings, null);
    }

    /**
     * @param day that the rows would be of; null when everything is loaded
     * @param capabilities of the warehouse that they would be for
     * @param inferred what finds the columns, with the same shaping; null: they are those of the shaping
     */
    @Serdeable
    public record Wanted(
            Sample sample,
            @Nullable RunWindow day,
            Shaping shaping,
            Capabilities capabilities,
            Work.@Nullable TransformInferred inferred) {
        @Creator // of two constructors, that which reads JSON
        public Wanted {}

        /** Of rows whose columns the file says. */
        public Wanted(Sample sample, @Nullable RunWindow day, Shaping shaping, Capabilities capabilities) {
            this(sample, day, shaping, capabilities, null);
        }

        /** The same, of rows whose columns are found in the records. */
        public Wanted with(Work.TransformInferred columns) {
            return new Wanted(sample, day, shaping, capabilities, columns);
        }
    }
}
