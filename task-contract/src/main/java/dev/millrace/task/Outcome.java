package dev.millrace.task;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.millrace.pipeline.Default;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Drift;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/** The end of an attempt at a task. */
@Serdeable
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Outcome.Staged.class, name = "staged"),
    @JsonSubTypes.Type(value = Outcome.Planned.class, name = "planned"),
    @JsonSubTypes.Type(value = Outcome.Committed.class, name = "committed"),
    @JsonSubTypes.Type(value = Outcome.Checked.class, name = "checked"),
    @JsonSubTypes.Type(value = Outcome.Failed.class, name = "failed"),
    @JsonSubTypes.Type(value = Outcome.Released.class, name = "released")
})
public sealed interface Outcome {
    /**
     * Extracted or transformed.
     *
     * @param manifest its object name
     * @param drift of the records from the schema; null when they were only extracted
     */
    @Serdeable
    record Staged(String manifest, Counts counts, @Nullable Drift drift) implements Outcome {}

    /**
     * Cut into slices, of which none is read yet.
     *
     * @param plan object name of the {@link dev.millrace.staging.SlicePlan}
     * @param slices how many, at least 1
     * @param inputs files, or ranges of files, that they have together
     * @param bytes of all of them, as stored
     */
    @Serdeable
    record Planned(String plan, int slices, long inputs, long bytes) implements Outcome {
        public Planned {
            if (slices < 1) {
                throw new IllegalArgumentException("slices: " + slices + " (expected: 1 or more)");
            }
        }
    }

    /** Loaded, by this attempt or by an earlier one. */
    @Serdeable
    record Committed(LoadResult result) implements Outcome {}

    /** Of a dry run: the load would succeed. Nothing was loaded. */
    @Serdeable
    record Checked(LoadPlan plan) implements Outcome {}

    /**
     * @param detail one sentence for the user, without secrets
     * @param checks what a load has found of its table's checks, of which one isn't met; otherwise empty
     */
    @Serdeable
    record Failed(
            ErrorCode code, String detail, @Default("[]") List<CheckResult> checks) implements Outcome {
        @Creator // of two constructors, that which reads JSON
        public Failed {
            detail = Texts.storable(detail);
            checks = List.copyOf(checks);
        }

        /** For another reason than checks. */
        public Failed(ErrorCode code, String detail) {
            this(code, detail, List.of());
        }
    }

    /** Handed back unfinished, because the service shuts down: somebody else is to do it. */
    @Serdeable
    record Released() implements Outcome {}
}
