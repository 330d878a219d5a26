package dev.millrace.worker;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import jakarta.validation.constraints.Min;
import java.net.URI;
import java.time.Duration;

/**
 * The configuration of a worker service.
 *
 * @param capacity tasks that run at once; further ones are answered with 429
 * @param drain how long a shutdown waits for tasks to be handed back
 * @param reportFor how long an outcome is offered to a gateway that doesn't answer
 * @param run id of the one run whose slices this process claims until none is left, and then ends; null: it is a service,
 *     which waits for tasks
 * @param gateway where it claims them; null likewise
 */
@ConfigurationProperties("millrace.worker")
public record WorkerConfig(
        @Bindable(defaultValue = "4") @Min(1) int capacity,
        @Bindable(defaultValue = "20s") Duration drain,
        @Bindable(defaultValue = "1h") Duration reportFor,
        @Nullable String run,
        @Nullable URI gateway) {
    public WorkerConfig {
        if (run != null && gateway == null) {
            throw new IllegalArgumentException(
                    "millrace.worker.gateway: nothing (expected: the gateway's URL, because millrace.worker.run is "
                            + run + ")");
        }
    }
}
