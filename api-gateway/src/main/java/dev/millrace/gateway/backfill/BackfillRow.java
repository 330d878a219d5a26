package dev.millrace.gateway.backfill;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/** A row of table {@code backfill}; the migration says what the columns mean. */
@MappedEntity("backfill")
public record BackfillRow(
        @Id String id,
        String pipeline,
        String firstDay,
        String lastDay,
        int parallelism,
        @Nullable String startedBy,
        BackfillState state,
        @Nullable String errorCode,
        @Nullable String errorDetail,
        @Nullable String modelsBatch,
        Instant createdAt,
        @Nullable Instant finishedAt) {}
