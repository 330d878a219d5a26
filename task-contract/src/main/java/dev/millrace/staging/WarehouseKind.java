package dev.millrace.staging;

import dev.millrace.pipeline.TableNames;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;

/**
 * Where the rows go in the end, so that what the warehouse can't hold is rejected before. To be said to the gateway,
 * the transformer and the loader alike.
 */
@ConfigurationProperties("millrace.warehouse")
public record WarehouseKind(
        @Bindable(defaultValue = "duckdb") Type type) {
    /**
     * How it tells the names of tables apart.
     *
     * @param project of names that have none, where there are projects; null: nobody knows
     */
    public TableNames tableNames(@Nullable String project) {
        return switch (type) {
            case DUCKDB -> TableNames.DUCKDB;
            case BIGQUERY -> TableNames.bigQuery(project);
        };
    }

    public enum Type {
        DUCKDB,
        BIGQUERY
    }
}
