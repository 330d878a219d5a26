package dev.millrace.gateway.store;

import dev.millrace.task.Slice;
import dev.millrace.task.Step;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.util.Objects;

/** A row of table {@code task}; the migration says what the columns mean. */
@MappedEntity("task")
public record TaskRow(
        @Id String id,
        String run,
        Step step,
        int slice,
        @Nullable Integer planned,
        @Nullable Integer slices,
        @Nullable Integer pods,
        int slicesDone,
        int attempt,
        int lost,
        TaskState state,
        String work,
        Instant readySince,
        Instant due,
        long records,
        long rejected,
        long filtered,
        long exploded,
        long bytes,
        @Nullable Long total,
        @Nullable String manifest,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt) {
    /** Whether somebody waits for this attempt: it has neither ended nor been taken over. */
    public boolean isAt(int wanted) {
        return attempt == wanted && (state == TaskState.READY || state == TaskState.DISPATCHED);
    }

    /** Whether its work is done by the tasks of its slices. */
    public boolean isCut() {
        return slice == 0 && slices != null;
    }

    /** The slice that it does; null: the step as a whole. */
    public @Nullable Slice part() {
        return slice == 0 ? null : new Slice(Objects.requireNonNull(planned), slice, Objects.requireNonNull(slices));
    }
}
