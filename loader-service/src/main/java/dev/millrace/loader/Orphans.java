package dev.millrace.loader;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.TableCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The SQL that finds staged rows which refer to nothing, of the foreign keys that reject such rows. */
public final class Orphans {
    /** Names of what it selects. */
    public static final String POSITION = "millrace_position";

    public static final String CHECK = "millrace_check";
    public static final String FOUND = "millrace_found";

    private static final String OTHER = "millrace_other";

    private Orphans() {}

    /**
     * A query of a row for each row and check that it doesn't meet: its position, the check's number, and its values as a text.
     *
     * @param staged the value of a column as the table will have it, for SQL
     * @param from what has the staged rows, for SQL
     * @param position of a row there
     */
    public static String of(
            TableLoad tableLoad,
            CheckQueries.Dialect dialect,
            Function<Column, String> staged,
            String from,
            String position) {
        List<String> queries = new ArrayList<>();
        List<TableCheck.ForeignKey> keys = tableLoad.destination().rejecting();
        for (int i = 0; i < keys.size(); i++) {
            TableCheck.ForeignKey key = keys.get(i);
            List<Column> columns = key.columns().stream().map(tableLoad::column).toList();
            List<String> conditions = new ArrayList<>();
            List<String> same = new ArrayList<>();
            for (int j = 0; j < columns.size(); j++) {
                String value = staged.apply(columns.get(j));
                conditions.add(value + " IS NOT NULL");
                same.add(OTHER + "." + dialect.name(key.keys().get(j)) + " = " + value);
            }
            conditions.add("NOT EXISTS (SELECT 1 FROM " + dialect.table(key.references()) + " AS " + OTHER + " WHERE "
                    + String.join(" AND ", same) + ")");
            queries.add("SELECT " + position + " AS " + POSITION + ", " + i + " AS " + CHECK + ", CONCAT("
                    + columns.stream()
                            .map(column -> text(dialect, column, staged.apply(column)))
                            .collect(Collectors.joining(", ', ', "))
                    + ") AS " + FOUND + " FROM " + from + " WHERE " + String.join(" AND ", conditions));
        }
        return String.join(" UNION ALL ", queries);
    }

    private static String text(CheckQueries.Dialect dialect, Column column, String value) {
        return column.type() == Column.Type.BYTES
                ? "TO_BASE64(" + value + ")"
                : "CAST(" + value + " AS " + dialect.texts() + ")";
    }
}
