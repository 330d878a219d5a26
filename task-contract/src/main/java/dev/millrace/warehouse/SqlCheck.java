package dev.millrace.warehouse;

import dev.millrace.pipeline.Column;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * What a warehouse's own reader of SQL says of users' queries, over tables that are declared, without a warehouse and
 * offline. For one thread.
 */
public interface SqlCheck extends AutoCloseable {
    /** Opens checks for one kind of warehouse; found by {@link ServiceLoader}. */
    interface Kind {
        /** What {@code millrace.warehouse.type} calls it. */
        String warehouse();

        /** Why there is none on this machine, as a sentence without its full stop; empty: there is one. */
        String missing();

        /** Only where nothing is missing. */
        SqlCheck open();
    }

    /** What is said of a query. */
    sealed interface Result {
        /** @param columns names of what it selects, in their order */
        record Right(List<String> columns) implements Result {}

        /**
         * @param line of the query, from 1
         * @param column in characters, from 1
         */
        record Wrong(int line, int column, String reason) implements Result {}

        /** It reads a table that isn't declared, so nothing can be said. */
        record Undeclared(String table) implements Result {}
    }

    /**
     * Makes a table known; of two with one name the first is.
     *
     * @param table {@code dataset.table} or {@code project.dataset.table}
     */
    void declare(String table, List<Column> columns);

    /**
     * Checks a query.
     *
     * @param table that is declared by it, if it is right; null: none is
     */
    Result check(String sql, @Nullable String table);

    /**
     * Checks a query that has parameters, and that no table is made of, so that its columns may have any types.
     *
     * @param parameters types, by the names that the SQL has behind {@code @}
     */
    Result check(String sql, Map<String, Column.Type> parameters);

    @Override
    void close();

    /** That of a warehouse; empty where the class path lacks it. */
    static Optional<Kind> of(String warehouse) {
        return ServiceLoader.load(Kind.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(kind -> kind.warehouse().equals(warehouse))
                .findFirst();
    }
}
