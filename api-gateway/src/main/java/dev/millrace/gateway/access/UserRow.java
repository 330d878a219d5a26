package dev.millrace.gateway.access;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/** A row of table {@code account}; the migration says what the columns mean. */
@MappedEntity("account")
record UserRow(
        @Id String name,
        Role role,
        String password,
        boolean disabled,
        Instant createdAt,
        String createdBy,
        Instant passwordAt) {
    Caller caller(Caller.Kind kind) {
        return new Caller(name, kind, role, Scope.EVERYTHING);
    }
}
