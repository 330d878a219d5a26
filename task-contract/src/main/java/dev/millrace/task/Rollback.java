package dev.millrace.task;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * The order to bring back what a table was before a load, and the cursor that the load moved, sent by the gateway to the
 * loader at {@code POST /rollbacks}; may be repeated.
 *
 * @param table that the load changed, as the run has it
 * @param credentials name of the Google credentials that the load had; null: those of the service
 */
@Serdeable
public record Rollback(String load, String table, @Nullable String credentials) {
    /** The subject of service tokens for it. */
    public String subject() {
        return "rollback:" + load;
    }

    /**
     * What is now certain: the load is in the table no more, and its cursor isn't the endpoint's.
     *
     * @param tableRows in the table after it
     */
    @Serdeable
    public record Done(long tableRows) {}
}
