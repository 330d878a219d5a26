package dev.millrace.gateway.history;

import dev.millrace.task.Heartbeat;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.GeneratedValue;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/**
 * A line of a run's log.
 *
 * @param id ascending in the order of arrival; null before it is stored
 */
@MappedEntity("log_line")
public record LogLineRow(
        @Id @GeneratedValue @Nullable Long id, String run, Instant logTime, Heartbeat.Level level, String message) {}
