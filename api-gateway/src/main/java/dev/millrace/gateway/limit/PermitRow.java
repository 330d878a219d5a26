package dev.millrace.gateway.limit;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/** A row of table {@code permit}; the migration says what the columns mean. */
@MappedEntity("permit")
record PermitRow(@Id String task, int attempt, String pipeline, int wanted, int held, Instant since) {}
