package dev.millrace.task;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Ordered;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A read-only query for the loader, sent to {@code POST /queries}.
 *
 * @param sql one SELECT
 * @param limit of rows in the answer
 * @param dialects the SELECT for one kind of warehouse in the place of {@code sql}, by what {@code millrace.warehouse.type}
 *     calls that
 * @param parameters that the SQL has as {@code @name}
 * @param timeout after which it is cancelled; null: as the warehouse is configured, which is the most
 */
@Serdeable
public record Query(
        String sql,
        int limit,
        @Default("{}") Map<String, String> dialects,
        @Default("[]") List<Parameter> parameters,
        @Nullable Duration timeout) {
    /** The subject of service tokens for queries. */
    public static final String SUBJECT = "query";

    /** Header that names a query, so that {@code DELETE /queries/{id}} can cancel it. */
    public static final String ID = "Millrace-Query";

    @Creator
    public Query {
        dialects = Ordered.copy(dialects);
        parameters = List.copyOf(parameters);
    }

    /** A query of one text, without parameters. */
    public Query(String sql, int limit) {
        this(sql, limit, Map.of(), List.of(), null);
    }

    /** The SELECT for a kind of warehouse, as {@code millrace.warehouse.type} calls it. */
    public String sql(String warehouse) {
        return dialects.getOrDefault(warehouse, sql);
    }

    /** @return the shorter of its own time-out and the given one */
    public Duration timeout(Duration most) {
        return timeout == null || timeout.compareTo(most) > 0 ? most : timeout;
    }

    /** What is said of a query that was cancelled. */
    public static String tookLongerThan(Duration timeout) {
        return "the query took longer than "
                + BigDecimal.valueOf(timeout.toMillis(), 3).stripTrailingZeros().toPlainString() + " s";
    }

    /** A value of a type that warehouses compare, as a text that is bound, never part of the SQL. */
    @Serdeable
    public record Parameter(String name, Column.Type type, String value) {}

    /**
     * @param rows each with one text per column, null for NULL; exact, as BigQuery's REST API writes values
     * @param truncated whether there are more rows than {@code limit}
     */
    @Serdeable
    public record Result(List<Field> columns, List<List<@Nullable String>> rows, boolean truncated) {}

    /**
     * An answer at {@code POST /queries/versioned}, which may have been made before, of the same data.
     *
     * @param version of the data that the query has read, which is another one after each change
     */
    @Serdeable
    public record Versioned(Result result, String version) {}

    /** @param type BigQuery's name of it */
    @Serdeable
    public record Field(String name, String type) {}

    /**
     * The tables that a query reads, answered to it at {@code POST /queries/tables}.
     *
     * @param tables {@code dataset.table}, or {@code project.dataset.table} for one of another project
     */
    @Serdeable
    public record Tables(List<String> tables) {}
}
