package dev.millrace.gateway;

import dev.millrace.task.Step;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import jakarta.validation.constraints.Min;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * @param url under which the services reach this gateway; null: the address that it listens on
 * @param apiToken that callers of the public API must show, at least 32 characters
 * @param pipelines folders with pipeline files: {@code NAME.yaml} or {@code NAME/pipeline.yaml}
 * @param lease how long a silent service keeps its task; it beats three times as often
 * @param attempts of a step whose service stops answering, or finds staging damaged
 * @param undeliverable how long a service may be out of reach, or answer with 5xx, before the run fails
 * @param poll longest pause of the dispatcher; work that arrives at this replica wakes it at once
 * @param queryPatience how long to wait for the loader's answer to a query, and for what services say before a run; longer
 *     than their own limits
 */
@ConfigurationProperties("millrace.gateway")
public record GatewayConfig(
        @Nullable URI url,
        String apiToken,
        @Bindable(defaultValue = "pipelines") List<Path> pipelines,
        ServiceUrls services,
        @Bindable(defaultValue = "30s") Duration lease,
        @Bindable(defaultValue = "5") @Min(1) int attempts,
        @Bindable(defaultValue = "10m") Duration undeliverable,
        @Bindable(defaultValue = "500ms") Duration poll,
        @Bindable(defaultValue = "90s") Duration queryPatience) {
    public GatewayConfig {
        if (apiToken.length() < 32) {
            throw new IllegalArgumentException(
                    "millrace.gateway.api-token: " + apiToken.length() + " characters (expected: 32 or more)");
        }
        pipelines = List.copyOf(pipelines);
    }

    /** Where the worker services are. */
    @ConfigurationProperties("services")
    public record ServiceUrls(URI extractor, URI transformer, URI loader) {
        public URI of(Step step) {
            return switch (step) {
                case EXTRACT -> extractor;
                case TRANSFORM -> transformer;
                case LOAD -> loader;
            };
        }
    }
}
