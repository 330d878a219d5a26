package dev.millrace.task;

import dev.millrace.pipeline.Column;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * The columns of a table as the warehouse has them, answered to a {@link Wanted} at {@code POST /schemas}.
 *
 * @param columns in the table's order, without saying where their values come from; empty: there is no such table
 */
@Serdeable
public record TableSchema(List<Column> columns) {
    /** The subject of service tokens for asking for them. */
    public static final String SUBJECT = "schemas";

    public TableSchema {
        columns = List.copyOf(columns);
    }

    /**
     * @param table as the pipeline file writes it
     * @param credentials name of the Google credentials that its loads have; null: those of the service
     */
    @Serdeable
    public record Wanted(String table, @Nullable String credentials) {}
}
