package dev.millrace.emulator.bigquery.googlesql;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What of a translated query the engine might answer otherwise than BigQuery. A query without any doubt is answered by
 * the engine, every other one by Google's evaluator.
 *
 * <p>Comparisons, orders and groups are the same for values of one type, but not for floating point numbers (NaN, -0);
 * and the engine compares values of different types which BigQuery refuses. Types are known of columns by their names,
 * and of some expressions.
 */
public final class Exactness {
    private static final Set<String> SAME_ORDER =
            Set.of("STRING", "INTEGER", "BOOLEAN", "DATE", "DATETIME", "TIME", "TIMESTAMP", "NUMERIC");

    /** A column, maybe of a named table or a field of a column. */
    private static final Pattern COLUMN = Pattern.compile("(?:\"(?:[^\"]|\"\")+\"\\.)*(\"(?:[^\"]|\"\")+\")");

    private final List<String> doubts = new ArrayList<>();
    private final List<List<String>> compared = new ArrayList<>();
    private final List<Map.Entry<String, String>> expected = new ArrayList<>();
    private final Map<String, String> types = new HashMap<>();

    /** @param what for people, such as {@code CAST} */
    void doubt(String what) {
        doubts.add(what);
    }

    /** @param type as {@code tables.get} answers it */
    String typed(String sql, String type) {
        types.put(sql, type);
        return sql;
    }

    /** The same value, written in another way. */
    String same(String sql, String as) {
        String type = types.get(as);
        return type == null ? sql : typed(sql, type);
    }

    /** A value of which BigQuery wants one type, and the engine others too. */
    String expected(String sql, String type) {
        expected.add(Map.entry(sql, type));
        return sql;
    }

    void named(String name, String sql) {
        String type = types.get(sql);
        if (type != null) {
            types.merge(Sql.name(name), type, (one, other) -> one.equals(other) ? one : "");
        }
    }

    /** Values that are compared, ordered or grouped. */
    void compared(String... values) {
        compared.add(List.of(values));
    }

    /**
     * The first doubt; null: none.
     *
     * @param columns types of columns by their names; null for names that are none, or have several
     */
    public @Nullable String doubt(Function<String, @Nullable String> columns) {
        if (!doubts.isEmpty()) {
            return doubts.getFirst();
        }
        for (List<String> values : compared) {
            Set<String> found = new HashSet<>();
            for (String value : values) {
                String type = type(value, columns);
                found.add(type == null ? "" : type);
            }
            if (found.size() > 1 || !SAME_ORDER.containsAll(found)) {
                return "a comparison, order or group of values whose type isn't known to be one that both order alike";
            }
        }
        for (Map.Entry<String, String> value : expected) {
            if (!value.getValue().equals(type(value.getKey(), columns))) {
                return "an expression that isn't known to be of " + value.getValue();
            }
        }
        return null;
    }

    private @Nullable String type(String value, Function<String, @Nullable String> columns) {
        String known = types.get(value);
        Matcher column = COLUMN.matcher(value);
        if (!column.matches()) {
            return known;
        }
        String quoted = column.group(1);
        String name = quoted.substring(1, quoted.length() - 1).replace("\"\"", "\"");
        String type = columns.apply(name);
        String alias = types.get(quoted);
        return alias == null ? type : type == null || type.equals(alias) ? alias : null;
    }
}
