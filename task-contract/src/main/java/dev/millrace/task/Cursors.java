package dev.millrace.task;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.List;

/**
 * The cursors of a pipeline's endpoints as the warehouse's ledger has them, answered to a {@link Wanted} at {@code POST
 * /cursors}.
 *
 * @param cursors of endpoints that have been loaded by one, or for which one was set
 */
@Serdeable
public record Cursors(List<Cursor> cursors) {
    /** The subject of service tokens for asking for them. */
    public static final String SUBJECT = "cursors";

    public Cursors {
        cursors = List.copyOf(cursors);
    }

    /**
     * @param pipeline its name
     * @param credentials name of the Google credentials that its loads have; null: those of the service
     */
    @Serdeable
    public record Wanted(String pipeline, @Nullable String credentials) {}

    /**
     * @param value the source's own text; null: it was set to none
     * @param run that has moved it there; null: somebody has set it
     * @param since by the warehouse's clock
     */
    @Serdeable
    public record Cursor(
            String endpoint,
            @Nullable String value,
            @Nullable String run,
            Instant since) {}

    /** That of an endpoint, which may have none yet. */
    public CommittedCursor of(String endpoint) {
        return cursors.stream()
                .filter(cursor -> cursor.endpoint().equals(endpoint))
                .findFirst()
                .map(cursor -> new CommittedCursor(cursor.value()))
                .orElse(new CommittedCursor(null));
    }
}
