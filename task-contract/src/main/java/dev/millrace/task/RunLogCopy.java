package dev.millrace.task;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * The request that the log of a run that has ended be put beside what the run published, or would have. Sent to {@code
 * POST /logs}; may be repeated.
 *
 * @param log object name of the archived log in staging
 * @param name of the copy, without folder
 * @param credentials name of the Google credentials to publish with; null: those of the service
 */
@Serdeable
public record RunLogCopy(
        String run, String log, String name, @Nullable String credentials, Publication publication) {
    /** The subject of service tokens for it. */
    public String subject() {
        return "log:" + run;
    }
}
