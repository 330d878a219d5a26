package dev.millrace.gateway.store;

import io.micronaut.core.annotation.Introspected;
import io.micronaut.core.annotation.Nullable;
import java.time.Instant;
import java.util.Arrays;

/**
 * A run in a list of many, without all that only its own page shows.
 *
 * @param state name of a {@link RunState}, which can't be read here as itself: rows of other queries have no converters
 */
@Introspected
public record RecentRun(
        String id,
        String state,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        @Nullable Long rowsLoaded,
        @Nullable Long rowsRejected,
        @Nullable String errorCode,
        @Nullable String errorDetail) {
    /** The state; UNKNOWN is one that only a newer version knows. */
    public RunState known() {
        return Arrays.stream(RunState.values())
                .filter(each -> each.name().equals(state))
                .findFirst()
                .orElse(RunState.UNKNOWN);
    }
}
