package dev.millrace.gateway.api;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * The runs that one request has started, by endpoint.
 *
 * @param warning what the caller should know about them, such as that the pipeline's file has errors and an earlier
 *     version of it is run; null: nothing. In the answer to the start alone
 */
@Serdeable
public record BatchView(
        String batch, List<RunView> runs, @Nullable String warning) {}
