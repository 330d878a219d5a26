package dev.millrace.emulator.bigquery.googlesql;

import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A query, by whom it can be answered.
 *
 * @param sql the engine's; null: there is none
 * @param exactness of the engine's
 * @param text as it was written; empty: only the engine can answer
 * @param unknown what the engine's SQL lacks, as an error would say it; empty when it lacks nothing
 * @param resolver of a table's name as the text has it; the name of a temporary table has no dataset
 * @param variables of the script that the text names
 */
public record Query(
        @Nullable String sql,
        Exactness exactness,
        String text,
        String unknown,
        Function<List<String>, TableName> resolver,
        Set<String> variables) {
    public Query {
        variables = Set.copyOf(variables);
    }
}
