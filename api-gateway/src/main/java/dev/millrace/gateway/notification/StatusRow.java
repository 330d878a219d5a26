package dev.millrace.gateway.notification;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/** A row of table {@code endpoint_status}; the migrations say what the columns mean. */
@MappedEntity("endpoint_status")
record StatusRow(
        @Id String name,
        String pipeline,
        String endpoint,
        @Nullable Instant succeededAt,
        @Nullable Instant failingSince,
        Instant watchedSince,
        @Nullable Instant staleTold,
        @Nullable String driftTold,
        @Nullable String checksTold) {
    static String name(String pipeline, String endpoint) {
        return pipeline + "/" + endpoint;
    }

    /** Since when its data are as old as they are; of one that never succeeded, since it is known. */
    Instant freshAt() {
        return succeededAt == null ? watchedSince : succeededAt;
    }
}
