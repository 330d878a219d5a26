package dev.millrace.gateway.token;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/** A row of table {@code refresh_token}; the migration says what the columns mean. */
@MappedEntity("refresh_token")
record RefreshTokenRow(
        @Id String family,
        @Nullable String sealed,
        long version,
        @Nullable String task,
        @Nullable Integer attempt,
        Instant usedAt) {
    boolean isWith(String holder, int holdersAttempt) {
        return holder.equals(task) && attempt != null && attempt == holdersAttempt;
    }
}
