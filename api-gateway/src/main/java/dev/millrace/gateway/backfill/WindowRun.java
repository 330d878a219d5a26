package dev.millrace.gateway.backfill;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.Set;

/**
 * A run of a backfill.
 *
 * @param endpoint or a further table of it, or a model
 * @param rowsLoaded null while nobody knows
 * @param errorCode of what failed it; null: nothing has
 */
@Serdeable
public record WindowRun(
        String batch,
        String id,
        String endpoint,
        String state,
        @Nullable Long rowsLoaded,
        @Nullable Long rowsRejected,
        @Nullable String errorCode) {
    private static final Set<String> ENDED = Set.of("SUCCEEDED", "FAILED", "CANCELLED");

    boolean hasEnded() {
        return ENDED.contains(state);
    }

    boolean hasSucceeded() {
        return state.equals("SUCCEEDED");
    }
}
