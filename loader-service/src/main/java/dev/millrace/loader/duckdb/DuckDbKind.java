package dev.millrace.loader.duckdb;

import dev.millrace.pipeline.TableNames;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.warehouse.JsonLimits;
import dev.millrace.warehouse.WarehouseKind;
import io.micronaut.core.annotation.Introspected;

/** DuckDB as a kind of warehouse: the file stands for every project, its engine doesn't regard case, JSON is a text. */
@Introspected
record DuckDbKind() implements WarehouseKind {
    static final String TYPE = "duckdb";

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities("DuckDB", new TableNames(false, false, null), JsonLimits.NONE);
    }
}
