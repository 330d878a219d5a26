package dev.millrace.task;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * A read-only query for the loader, sent to {@code POST /queries}.
 *
 * @param limit of rows in the answer
 */
@Serdeable
public record Query(String sql, int limit) {
    /** The subject of service tokens for queries. */
    public static final String SUBJECT = "query";

    /**
     * @param rows each with one text per column, null for NULL; exact, as BigQuery's REST API writes values
     * @param truncated whether there are more rows than {@code limit}
     */
    @Serdeable
    public record Result(List<Field> columns, List<List<@Nullable String>> rows, boolean truncated) {}

    /** @param type BigQuery's name of it */
    @Serdeable
    public record Field(String name, String type) {}
}
