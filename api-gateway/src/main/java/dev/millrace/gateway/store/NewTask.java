package dev.millrace.gateway.store;

import dev.millrace.task.Step;
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

    /**
     * Nothing is done of it yet.
     *
     * @param work as {@link Json} writes it
     */
    public static NewTask first(String run, Step step, TaskState state, String work, Instant now) {
        return new NewTask(UUID.randomUUID().toString(), run, step, 1, 0, state, work, now, now, 0, 0, 0, 0);
    }
}
