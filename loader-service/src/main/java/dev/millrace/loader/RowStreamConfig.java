package dev.millrace.loader;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import jakarta.validation.constraints.Min;
import java.time.Duration;

/**
 * How all rows of tables are sent.
 *
 * @param atOnce how many answers of all rows may be under way
 * @param stalledAfter for how long nobody may take anything of one before it is broken off
 */
@ConfigurationProperties("millrace.warehouse.streams")
record RowStreamConfig(
        @Bindable(defaultValue = "8") @Min(1) int atOnce,
        @Bindable(defaultValue = "1m") Duration stalledAfter) {}
