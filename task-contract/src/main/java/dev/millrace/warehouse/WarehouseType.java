package dev.millrace.warehouse;

import dev.millrace.pipeline.TableNames;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;

/**
 * The kind of the loader's warehouse, as it is configured. Other services are told its {@link Capabilities}, and use this
 * only beside a service of version 0.1, which neither tells them nor passes them on.
 *
 * @param type of a {@link WarehouseKind}
 */
@ConfigurationProperties("millrace.warehouse")
public record WarehouseType(
        @Bindable(defaultValue = "duckdb") String type) {
    /**
     * The capabilities of the two kinds of version 0.1.
     *
     * @throws MillraceException with {@code SERVICE_UNAVAILABLE} when it is another kind, of which only services know that
     *     tell
     */
    public Capabilities ofVersionWithoutCapabilities() {
        return switch (type) {
            case "duckdb" -> new Capabilities("DuckDB", new TableNames(false, false, null), JsonLimits.NONE);
            case "bigquery" ->
                new Capabilities("BigQuery", new TableNames(true, true, null), new JsonLimits(500, false));
            default ->
                throw new MillraceException(
                        ErrorCode.SERVICE_UNAVAILABLE,
                        "a service of version 0.1 doesn't say what a warehouse of type '" + type
                                + "' can hold (expected: one of this version)");
        };
    }
}
