package dev.millrace.staging;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;

/**
 * Where the rows go in the end, so that what the warehouse can't hold is rejected before. To be said to the transformer
 * and the loader alike.
 */
@ConfigurationProperties("millrace.warehouse")
public record WarehouseKind(
        @Bindable(defaultValue = "duckdb") Type type) {
    public enum Type {
        DUCKDB,
        BIGQUERY
    }
}
