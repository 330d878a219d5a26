package dev.millrace.sql;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The columns that an expression may name, without regard to case.
 *
 * @param columns by name, the engine's type of each
 * @param others columns that there are but that it may not use: what kind of column it may use instead
 */
public record Scope(Map<String, String> columns, Map<String, String> others) {
    public Scope {
        columns = withoutCase(columns);
        others = withoutCase(others);
    }

    private static Map<String, String> withoutCase(Map<String, String> names) {
        Map<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(names);
        return Collections.unmodifiableMap(copy);
    }

    /** What to write instead of a name that no column has. */
    String expected() {
        return columns.isEmpty()
                ? "no column: there is none that an expression may use here"
                : "a column: one of " + String.join(", ", columns.keySet());
    }
}
