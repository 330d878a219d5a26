package dev.millrace.gateway.access;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.util.List;

/** A row of table {@code access_token}; the migration says what the columns mean. */
@MappedEntity("access_token")
record TokenRow(
        @Id String name,
        String hash,
        Role role,
        String pipelines,
        String tables,
        @Nullable Instant expiresAt,
        Instant createdAt,
        String createdBy,
        @Nullable Instant usedAt) {
    Scope scope() {
        return new Scope(names(pipelines), names(tables));
    }

    private static List<String> names(String column) {
        return column.isEmpty() ? List.of() : List.of(column.split(","));
    }
}
