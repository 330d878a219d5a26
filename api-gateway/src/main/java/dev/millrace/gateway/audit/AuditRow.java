package dev.millrace.gateway.audit;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.GeneratedValue;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/** A row of table {@code audit}; the migration says what the columns mean. */
@MappedEntity("audit")
public record AuditRow(
        @Nullable @Id @GeneratedValue Long id,
        Instant entryTime,
        String caller,
        @Nullable String role,
        String method,
        String path,
        int status,
        String address,
        @Nullable String detail) {}
