package dev.millrace.task;

import dev.millrace.pipeline.Destination;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * What came of trying whether tables may be changed: what the loader answers to a {@link Wanted} at {@code POST /write-checks}.
 * Nothing is left of it. That they may not be is an error in its place.
 *
 * @param seen one sentence, for people
 */
@Serdeable
public record WriteCheck(String seen) {
    /** What the token of a request is for. */
    public static final String SUBJECT = "write-check";

    /** @param credentials of the account that would load; null: the loader's own */
    @Serdeable
    public record Wanted(
            List<Destination.Table> tables, @Nullable String credentials) {
        public Wanted {
            tables = List.copyOf(tables);
        }
    }
}
