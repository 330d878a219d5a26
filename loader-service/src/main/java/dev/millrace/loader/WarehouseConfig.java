package dev.millrace.loader;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.nio.file.Path;
import java.time.Duration;

/**
 * @param file of the DuckDB database, created when missing; {@code .scratch} is appended for its scratch folder
 * @param memoryLimit of the database, beside the heap; what doesn't fit goes to the scratch folder
 * @param threads of the database; null: one per processor
 * @param openFor how long to wait at start-up for a process that still has the file
 * @param queryTimeout after which a query is cancelled
 */
@ConfigurationProperties("millrace.warehouse")
public record WarehouseConfig(
        Path file,

        @Bindable(defaultValue = "1GB") @Pattern(regexp = "[0-9]+(KB|MB|GB|TB|KiB|MiB|GiB|TiB)")
        String memoryLimit,

        @Nullable @Min(1) Integer threads,
        @Bindable(defaultValue = "5s") Duration openFor,
        @Bindable(defaultValue = "60s") Duration queryTimeout) {}
