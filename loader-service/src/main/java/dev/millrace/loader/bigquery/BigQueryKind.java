package dev.millrace.loader.bigquery;

import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.TableNames;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.warehouse.JsonLimits;
import dev.millrace.warehouse.WarehouseKind;
import io.micronaut.core.annotation.Introspected;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/** BigQuery as a kind of warehouse. */
@Introspected
record BigQueryKind() implements WarehouseKind {
    static final String TYPE = "bigquery";

    /** https://cloud.google.com/bigquery/docs/json-data#limitations */
    private static final int JSON_DEPTH = 500;

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public Capabilities capabilities() {
        return capabilities(null);
    }

    /**
     * Tables by https://cloud.google.com/bigquery/docs/tables#table_naming, numbers in JSON by
     * https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions#parse_json, wide_number_mode exact.
     *
     * @param project of tables whose names have none; null: nobody knows
     */
    static Capabilities capabilities(@Nullable String project) {
        return new Capabilities(
                "BigQuery",
                new TableNames(true, true, project),
                new JsonLimits(JSON_DEPTH, false),
                List.of(ExportFormat.values()));
    }
}
