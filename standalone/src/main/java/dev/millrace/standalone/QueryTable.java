package dev.millrace.standalone;

import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The result of a query as people read it. */
final class QueryTable {
    private static final Set<String> NUMBERS = Set.of("INTEGER", "INT64", "FLOAT", "FLOAT64", "NUMERIC", "BIGNUMERIC");

    private QueryTable() {}

    /** @param rows with columns, as the API has them */
    static TextTable of(JsonNode rows) {
        List<Query.Field> columns = new ArrayList<>();
        for (JsonNode column : rows.get("columns").values()) {
            columns.add(new Query.Field(
                    column.get("name").getStringValue(), column.get("type").getStringValue()));
        }
        List<List<@Nullable String>> texts = new ArrayList<>();
        for (JsonNode row : rows.get("rows").values()) {
            List<@Nullable String> values = new ArrayList<>();
            columns.forEach(column -> values.add(text(row.get(column.name()))));
            texts.add(values);
        }
        return of(new Query.Result(columns, texts, false));
    }

    private static @Nullable String text(@Nullable JsonNode value) {
        if (value == null || value.isNull()) {
            return null;
        }
        try {
            return value.isValueNode()
                    ? value.coerceStringValue()
                    : ObjectMapper.getDefault().writeValueAsString(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
    }

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
