package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.Locale;

/**
 * The rule by which a warehouse tells the names of tables apart.
 *
 * @param projects whether tables of several projects may have one name
 * @param cases whether names that differ in case only are different
 * @param project of names that have none, where there are projects; null: nobody knows
 */
@Serdeable
public record TableNames(
        boolean projects, boolean cases, @Nullable String project) {
    /** Names are the same where they are written alike, which holds for every warehouse. */
    static final TableNames AS_WRITTEN = new TableNames(true, true, null);

    /** Names are different only where no warehouse could take one for the other. */
    public static final TableNames OF_NO_KNOWN_WAREHOUSE = new TableNames(false, false, null);

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
