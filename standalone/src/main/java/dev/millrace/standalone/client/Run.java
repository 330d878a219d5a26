package dev.millrace.standalone.client;

import com.fasterxml.jackson.annotation.JsonEnumDefaultValue;
import dev.millrace.pipeline.Default;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A run as the command line shows it.
 *
 * @param startedAt null while it is queued
 * @param finishedAt null while it isn't over
 * @param rowsExtracted null while nobody knows, as are the other counts
 * @param dryRun whether it loads nothing
 * @param drift what the records have and the schema reads, compared; null until they have been transformed
 * @param plan what the load of a dry run would do, a line for each step; empty unless that has succeeded
 * @param error null unless it failed
 */
@Serdeable
public record Run(
        String id,
        String batch,
        String pipeline,
        String endpoint,
        String table,
        State state,
        @Default("false") boolean dryRun,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        @Nullable Instant rolledBackAt,
        @Nullable Long rowsExtracted,
        @Nullable Long rowsLoaded,
        @Nullable Long rowsRejected,
        @Nullable Long rowsFiltered,
        @Nullable Long rowsExploded,
        @Nullable Long rowsSuperseded,
        @Nullable Long rowsOutdated,
        @Nullable Long rowsTied,
        @Nullable Long rowsDeleted,
        @Nullable Drift drift,
        @Default("[]") List<String> plan,
        @Nullable Failure error,
        List<StepProgress> steps) {
    public Run {
        plan = List.copyOf(plan);
        steps = List.copyOf(steps);
    }

    /** {@code pipeline/endpoint}. */
    public String name() {
        return pipeline + "/" + endpoint;
    }

    /** Since it started, or as long as it took; zero while it is queued. */
    public Duration elapsed(Instant now) {
        return startedAt == null ? Duration.ZERO : Duration.between(startedAt, finishedAt == null ? now : finishedAt);
    }

    /** Where a run stands. */
    public enum State {
        QUEUED,
        EXTRACTING,
        TRANSFORMING,
        LOADING,
        SUCCEEDED,
        FAILED,
        CANCELLING,
        CANCELLED,
        /** One that only a newer version knows. */
        @JsonEnumDefaultValue
        UNKNOWN;

        /** Whether it stays so. */
        public boolean ended() {
            return switch (this) {
                case SUCCEEDED, FAILED, CANCELLED -> true;
                case QUEUED, EXTRACTING, TRANSFORMING, LOADING, CANCELLING, UNKNOWN -> false;
            };
        }
    }

    /**
     * @param records that were looked at
     * @param missing columns that none of them has
     * @param unread fields that no column reads, those that came most often
     * @param unnamed how many further ones there are
     * @param changes columns that the load adds or widens, and those with values that they can't hold
     */
    @Serdeable
    public record Drift(
            long records,
            List<String> missing,
            List<Field> unread,
            long unnamed,
            @Default("[]") List<dev.millrace.staging.Drift.Change> changes) {
        public Drift {
            changes = List.copyOf(changes);
            missing = List.copyOf(missing);
            unread = List.copyOf(unread);
        }
    }

    /** @param records that have it */
    @Serdeable
    public record Field(String name, long records) {}

    /**
     * Why a run failed.
     *
     * @param code a name of {@link dev.millrace.problem.ErrorCode}
     * @param actor who must act, a name of {@link dev.millrace.problem.ErrorCode.Actor}; null when the gateway doesn't say
     * @param retry whether a retry can help, a name of {@link dev.millrace.problem.ErrorCode.Retry}; null as is
     *     {@code actor}
     */
    @Serdeable
    public record Failure(
            String code,
            String detail,
            @Nullable String actor,
            @Nullable String retry) {}

    /**
     * @param records done so far; null before the first heartbeat
     * @param total null when nobody knows
     * @param slices that the step is cut into; null: it is done as a whole
     */
    @Serdeable
    public record StepProgress(
            String step,
            String state,
            @Nullable Long records,
            @Nullable Long total,
            @Nullable Slices slices) {}

    /** @param done how many of {@code count} have succeeded */
    @Serdeable
    public record Slices(long count, long done) {}
}
