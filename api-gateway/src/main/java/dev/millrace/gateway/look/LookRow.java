package dev.millrace.gateway.look;

import dev.millrace.pipeline.Limits;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/** A row of table {@code look}; the migration says what the columns mean. */
@MappedEntity("look")
public record LookRow(
        @Id String id,
        String pipeline,
        @Nullable Integer parallel,
        @Nullable Double perSecond,
        Instant endsAt) {
    static LookRow of(String id, String pipeline, @Nullable Limits limits, Instant endsAt) {
        return limits == null
                ? new LookRow(id, pipeline, null, null, endsAt)
                : new LookRow(id, pipeline, limits.parallel(), limits.requestsPerSecond(), endsAt);
    }

    /** What the source bears; null: nothing is held back. */
    public @Nullable Limits limits() {
        return parallel == null && perSecond == null ? null : new Limits(parallel, perSecond);
    }
}
