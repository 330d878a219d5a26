package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import java.util.Locale;

/**
 * How a warehouse tells the names of tables apart.
 *
 * @param warehouse its name, for people
 * @param projects whether tables of several projects may have one name
 * @param cases whether names that differ in case only are different
 * @param project of names that have none; null: nobody knows
 */
public record TableNames(
        String warehouse,
        boolean projects,
        boolean cases,
        @Nullable String project) {
    /** The file stands for every project, and its engine doesn't regard case. */
    public static final TableNames DUCKDB = new TableNames("DuckDB", false, false, null);

    /** Names are the same where they are written alike, which holds for every warehouse. */
    static final TableNames AS_WRITTEN = new TableNames("every warehouse", true, true, null);

    /** https://cloud.google.com/bigquery/docs/tables#table_naming */
    public static TableNames bigQuery(@Nullable String project) {
        return new TableNames("BigQuery", true, true, project);
    }

    /**
     * The same for two names of one table, and for no others.
     *
     * @param table {@code dataset.table} or {@code project.dataset.table}
     */
    String key(String table) {
        String[] names = table.split("\\.", -1);
        String key = names[names.length - 2] + "." + names[names.length - 1];
        if (projects) {
            key = (names.length == 3 ? names[0] : String.valueOf(project)) + "." + key;
        }
        return cases ? key : key.toLowerCase(Locale.ROOT);
    }
}
