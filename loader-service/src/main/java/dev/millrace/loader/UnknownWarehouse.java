package dev.millrace.loader;

import dev.millrace.warehouse.WarehouseKind;
import dev.millrace.warehouse.WarehouseType;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Requires;

/** The end of a loader whose warehouse is configured to be of a kind that there isn't. */
@Context
@Requires(missingBeans = Warehouse.class)
final class UnknownWarehouse {
    /** @throws IllegalArgumentException always: it says which kinds there are */
    UnknownWarehouse(WarehouseType configured) {
        throw new IllegalArgumentException("millrace.warehouse.type: '" + configured.type() + "' (expected: "
                + String.join(" or ", WarehouseKind.onClassPath().keySet()) + ")");
    }
}
