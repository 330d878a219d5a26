package dev.millrace.loader.duckdb;

import dev.millrace.service.Resources;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import io.micronaut.core.convert.format.ReadableBytes;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The configuration of the DuckDB warehouse.
 *
 * @param file of the DuckDB database, created when missing; {@code .scratch} is appended for its scratch folder
 * @param memoryLimit of the database, beside the heap, such as 1GB; what doesn't fit goes to the scratch folder; null:
 *     320 MiB, or what the machine or container has beside the heap where that's less
 * @param threads of the database; null: one per processor
 * @param openFor how long to wait at start-up for a process that still has the file
 * @param queryTimeout after which a query is cancelled
 * @param queryBytes that the values of one answer may take in memory
 * @param rollbacks of how many loads of each table it is kept what was before them; 0: of none
 */
@ConfigurationProperties("millrace.warehouse")
public record DuckDbConfig(
        Path file,

        @Nullable @Pattern(regexp = "[0-9]+(KB|MB|GB|TB|KiB|MiB|GiB|TiB)")
        String memoryLimit,

        @Nullable @Min(1) Integer threads,
        @Bindable(defaultValue = "5s") Duration openFor,
        @Bindable(defaultValue = "60s") Duration queryTimeout,

        @Bindable(defaultValue = "32MB") @ReadableBytes @Min(1)
        long queryBytes,

        @Bindable(defaultValue = "1") @Min(0) int rollbacks) {
    private static final long MOST_UNLESS_TOLD = 320L * 1024 * 1024;

    /**
     * The limit as DuckDB writes it.
     *
     * @throws IllegalStateException when nothing is configured, and there is too little
     */
    public String engineMemory() {
        return memoryLimit == null
                ? Math.min(MOST_UNLESS_TOLD, Resources.ofProcess().share(1)) / 1024 + "KiB"
                : memoryLimit;
    }
}
