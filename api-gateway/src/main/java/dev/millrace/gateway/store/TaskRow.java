package dev.millrace.gateway.store;

import dev.millrace.task.Step;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/** A row of table {@code task}; the migration says what the columns mean. */
@MappedEntity("task")
public record TaskRow(
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
        long bytes,
        @Nullable Long total,
        @Nullable String manifest,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt) {
    /** Whether somebody waits for this attempt: it has neither ended nor been taken over. */
    public boolean isAt(int wanted) {
        return attempt == wanted && (state == TaskState.READY || state == TaskState.DISPATCHED);
    }
}
