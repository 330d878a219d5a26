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
        @Nullable Instant finishedAt) {}
