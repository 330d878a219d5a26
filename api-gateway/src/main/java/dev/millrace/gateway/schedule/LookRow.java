package dev.millrace.gateway.schedule;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/**
 * The only row.
 *
 * @param at until when schedules were followed
 */
@MappedEntity("schedule_look")
record LookRow(@Id int id, Instant at) {}
