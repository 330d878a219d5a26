package dev.millrace.warehouse;

import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.TableNames;
import io.micronaut.core.annotation.Creator;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * What a warehouse can hold and how it names tables, as far as services other than the loader have to know it. The loader tells its own at {@code GET
 * /capabilities}; they don't change while it runs.
 *
 * @param warehouse its name, for people
 * @param tableNames how it tells them apart
 * @param json what of a column of type JSON it can hold
 * @param exports formats in which what its queries select can be written
 */
@Serdeable
public record Capabilities(
        String warehouse,
        TableNames tableNames,
        JsonLimits json,
        @Default("[ndjson, json, csv, parquet, avro]") List<ExportFormat> exports) {
    /** The subject of service tokens for asking for them. */
    public static final String SUBJECT = "capabilities";

    @Creator // of two constructors, that which reads JSON
    public Capabilities {
        exports = List.copyOf(exports);
        if (warehouse.isBlank()) {
            throw new IllegalArgumentException("warehouse: '" + warehouse + "' (expected: a name)");
        }
    }

    /** Of a warehouse whose queries can be written in each format. */
    public Capabilities(String warehouse, TableNames tableNames, JsonLimits json) {
        this(warehouse, tableNames, json, List.of(ExportFormat.values()));
    }
}
