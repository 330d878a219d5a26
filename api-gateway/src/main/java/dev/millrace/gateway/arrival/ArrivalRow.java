package dev.millrace.gateway.arrival;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/** A row of table {@code arrival}; the migration says what the columns mean. */
@MappedEntity("arrival")
record ArrivalRow(
        @Id long id,
        String pipeline,
        String endpoint,
        String bucket,
        String objectName,
        long generation,
        String event,
        Instant arrivedAt,
        @Nullable String batch) {}
