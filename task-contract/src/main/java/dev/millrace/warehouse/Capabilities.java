package dev.millrace.warehouse;

import dev.millrace.pipeline.TableNames;
import io.micronaut.serde.annotation.Serdeable;

/**
 * What a warehouse can hold and how it names tables, as far as services other than the loader have to know it. The loader tells its own at {@code GET
 * /capabilities}; they don't change while it runs.
 *
 * @param warehouse its name, for people
 * @param tableNames how it tells them apart
 * @param json what of a column of type JSON it can hold
 */
@Serdeable
public record Capabilities(String warehouse, TableNames tableNames, JsonLimits json) {
    /** The subject of service tokens for asking for them. */
    public static final String SUBJECT = "capabilities";

    public Capabilities {
        if (warehouse.isBlank()) {
            throw new IllegalArgumentException("warehouse: '" + warehouse + "' (expected: a name)");
        }
    }
}
