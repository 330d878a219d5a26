package dev.millrace.gateway.notification;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/** A row of table {@code notification}; the migration says what the columns mean. */
@MappedEntity("notification")
record NotificationRow(@Id String id, String webhook, String body, int tries, Instant createdAt, Instant due) {}
