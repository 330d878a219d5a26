package dev.millrace.gateway.schedule;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/**
 * A row of table {@code pipeline_after}.
 *
 * @param pipeline that is started after others; together with {@code upstream} the key
 * @param seenAt until when what {@code upstream} had done has been followed by a start
 */
@MappedEntity("pipeline_after")
record FollowerRow(@Id String pipeline, String upstream, Instant seenAt) {}
