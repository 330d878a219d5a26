package dev.millrace.gateway.access;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.context.annotation.Context;
import io.micronaut.core.bind.annotation.Bindable;

/**
 * How many calls a second each replica takes.
 *
 * @param perCaller of one user or token; 0: as many as come
 * @param perAddress of one address that shows nothing, or nothing that is known; 0: as many as come
 */
@Context // a wrong value ends the start
@ConfigurationProperties("millrace.gateway.rate")
public record RateConfig(
        @Bindable(defaultValue = "500") int perCaller,
        @Bindable(defaultValue = "50") int perAddress) {
    public RateConfig {
        require("per-caller", perCaller);
        require("per-address", perAddress);
    }

    private static void require(String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(
                    "millrace.gateway.rate." + name + ": " + value + " (expected: 0 or more)");
        }
    }
}
