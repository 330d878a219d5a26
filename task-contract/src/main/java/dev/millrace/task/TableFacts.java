package dev.millrace.task;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.List;

/**
 * What the warehouse knows of some tables, answered to a {@link Wanted} at {@code POST /tables}.
 *
 * @param tables those that are there
 */
@Serdeable
public record TableFacts(List<Table> tables) {
    /** The subject of service tokens for asking for them. */
    public static final String SUBJECT = "tables";

    public TableFacts {
        tables = List.copyOf(tables);
    }

    /** @param tables with their datasets, as pipelines name them */
    @Serdeable
    public record Wanted(List<String> tables) {
        public Wanted {
            tables = List.copyOf(tables);
        }
    }

    /**
     * @param name as it was asked for
     * @param bytes that it takes in the warehouse
     * @param loadedBy the run that has loaded it last; null: none, or nobody knows
     * @param loadedAt when that was; null likewise
     */
    @Serdeable
    public record Table(
            String name,
            List<Column> columns,
            long rows,
            long bytes,
            @Nullable String loadedBy,
            @Nullable Instant loadedAt) {
        public Table {
            columns = List.copyOf(columns);
        }
    }

    /** @param type BigQuery's name of it */
    @Serdeable
    public record Column(String name, String type, boolean nullable) {}
}
