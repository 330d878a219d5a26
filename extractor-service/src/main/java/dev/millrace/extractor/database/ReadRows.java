package dev.millrace.extractor.database;

import dev.millrace.pipeline.database.DatabaseRead;
import io.micronaut.core.annotation.Nullable;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The table or query that is read, as SQL.
 *
 * @param name for messages
 * @param query null: it is a table
 * @param from what stands behind FROM
 */
record ReadRows(String name, @Nullable String query, String from) {
    /** @param query that of the read for the day of the run; null: it reads a table */
    static ReadRows of(DatabaseRead read, @Nullable String query, Dialect dialect) {
        if (query != null) {
            String one = withoutEnd(query);
            // the end of a line, for what stands in it may be a comment
            return new ReadRows("the query", one, "(" + one + "\n) query_of_the_pipeline");
        }
        return ofTable(String.valueOf(read.table()), dialect);
    }

    /** @param table perhaps with its schema and a point before it */
    static ReadRows ofTable(String table, Dialect dialect) {
        String from = Arrays.stream(table.split("\\.", -1)).map(dialect::quoted).collect(Collectors.joining("."));
        return new ReadRows("table " + table, null, from);
    }

    private static String withoutEnd(String query) {
        String one = query.strip();
        while (one.endsWith(";")) {
            one = one.substring(0, one.length() - 1).strip();
        }
        return one;
    }
}
