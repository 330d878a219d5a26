package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * The limits of what a source bears. Holds for all runs of the pipeline together, whichever service sends their
 * requests: the gateway hands out permits.
 *
 * @param parallel requests under way at once; null: as many as the runs send
 * @param requestsPerSecond requests that begin in a second, evenly spread; null: as many as the runs send
 */
@Serdeable
@Doc("What the API bears, of all runs of the pipeline together.")
public record Limits(
        @Doc("Requests under way at once, over all runs of the pipeline.") @Nullable
        Integer parallel,

        @Doc("Requests that begin in a second, over all runs of the pipeline; 0.5 is one every two seconds.") @Nullable
        Double requestsPerSecond) {
    public Limits {
        Checks checks = new Checks();
        checks.that(
                parallel != null || requestsPerSecond != null,
                "",
                "neither parallel nor requestsPerSecond",
                "at least one of them");
        checks.that(parallel == null || (parallel >= 1 && parallel <= 1000), "parallel", parallel, "1 to 1000");
        checks.that(
                requestsPerSecond == null || (requestsPerSecond >= 0.001 && requestsPerSecond <= 10_000),
                "requestsPerSecond",
                requestsPerSecond,
                "0.001 to 10000");
        checks.done();
    }
}
