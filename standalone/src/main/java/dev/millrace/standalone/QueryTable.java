package dev.millrace.standalone;

import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import java.util.Set;

/** The result of a query as people read it. */
final class QueryTable {
    private static final Set<String> NUMBERS = Set.of("INTEGER", "INT64", "FLOAT", "FLOAT64", "NUMERIC", "BIGNUMERIC");

    private QueryTable() {}

    static TextTable of(Query.Result result) {
        TextTable table = new TextTable(result.columns().stream()
                .map(column -> NUMBERS.contains(column.type())
                        ? TextTable.number(column.name())
                        : TextTable.text(column.name()))
                .toList());
        for (List<@Nullable String> row : result.rows()) {
            table.row(row);
        }
        return table;
    }
}
