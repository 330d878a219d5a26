package dev.millrace.loader.trial;

import dev.millrace.pipeline.TableNames;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.warehouse.JsonLimits;
import dev.millrace.warehouse.WarehouseKind;
import io.micronaut.core.annotation.Introspected;
import java.util.List;

/** H2 as a kind of warehouse, which only tests have: it knows no projects, regards case, takes flat JSON, and writes no files. */
@Introspected
record TrialKind() implements WarehouseKind {
    static final String TYPE = "trial";

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities("H2", new TableNames(false, true, null), new JsonLimits(2, true), List.of());
    }
}
