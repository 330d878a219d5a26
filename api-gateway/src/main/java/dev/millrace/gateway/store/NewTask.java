package dev.millrace.gateway.store;

import dev.millrace.task.Slice;
import dev.millrace.task.Step;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.util.UUID;

/** A row of table {@code task} as it is first stored, when its run reaches the step. */
@MappedEntity("task")
public record NewTask(
        @Id String id,
        String run,
        Step step,
        int slice,
        @Nullable Integer planned,
        @Nullable Integer slices,
        @Nullable Integer pods,
        int attempt,
        int lost,
        TaskState state,
        String work,
        Instant readySince,
        Instant due,
        long records,
        long rejected,
        long filtered,
        long bytes) {
    /** Stored in the place of a slice's work: a version that doesn't know slices finds nothing that it could do. */
    private static final String OF_SLICE = "{}";

    /**
     * Nothing is done of it yet.
     *
     * @param work as {@link Json} writes it
     */
    public static NewTask first(String run, Step step, TaskState state, String work, Instant now) {
        return new NewTask(
                UUID.randomUUID().toString(), run, step, 0, null, null, null, 1, 0, state, work, now, now, 0, 0, 0, 0);
    }

    /**
     * A slice; what its work is the run's spec says, and the step as a whole.
     *
     * @param pods that claim it; null: it is to be posted
     */
    public static NewTask ofSlice(String run, Step step, Slice slice, @Nullable Integer pods, Instant now) {
        return new NewTask(
                UUID.randomUUID().toString(),
                run,
                step,
                slice.number(),
                slice.planned(),
                slice.of(),
                pods,
                1,
                0,
                TaskState.READY,
                OF_SLICE,
                now,
                now,
                0,
                0,
                0,
                0);
    }

    /** A step whose slices do its work. */
    public static NewTask cut(String run, Step step, Instant now) {
        return new NewTask(
                UUID.randomUUID().toString(),
                run,
                step,
                0,
                null,
                null,
                null,
                1,
                0,
                TaskState.SLICED,
                OF_SLICE,
                now,
                now,
                0,
                0,
                0,
                0);
    }
}
