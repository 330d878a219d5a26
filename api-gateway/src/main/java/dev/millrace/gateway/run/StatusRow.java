package dev.millrace.gateway.run;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/** A row of table {@code endpoint_status}; the migration says what the columns mean. */
@MappedEntity("endpoint_status")
record StatusRow(
        @Id String name,
        String pipeline,
        String endpoint,
        @Nullable Instant succeededAt) {
    static String name(String pipeline, String endpoint) {
        return pipeline + "/" + endpoint;
    }
}
