package dev.millrace.task;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * The order to set an endpoint's cursor, sent to {@code POST /cursors/change}. May be repeated.
 *
 * @param value the source's own text; null: the next run reads everything
 * @param credentials name of the Google credentials that the endpoint's loads have; null: those of the service
 */
@Serdeable
public record CursorChange(
        String pipeline,
        String endpoint,
        @Nullable String value,
        @Nullable String credentials) {
    /** The subject of service tokens for it. */
    public String subject() {
        return "cursor:" + pipeline + "/" + endpoint;
    }
}
