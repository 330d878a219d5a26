package dev.millrace.extractor.database;

import io.micronaut.core.annotation.Nullable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A connection of JDBC to no server: it keeps the SQL that is sent, and answers with rows that were put there for it. */
final class FakeConnection {
    final List<String> sent = new ArrayList<>();
    final List<Integer> fetchSizes = new ArrayList<>();
    /** By a part of the SQL. */
    private final Map<String, List<List<@Nullable Object>>> answers;

    boolean autoCommit = true;

    FakeConnection(Map<String, List<List<@Nullable Object>>> answers) {
        this.answers = answers;
    }

    static List<@Nullable Object> row(@Nullable Object... values) {
        return Arrays.asList(values);
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    Connection open() {
        DatabaseMetaData about = proxy(
                DatabaseMetaData.class,
                (_, method, _) -> method.getName().equals("getDatabaseProductName") ? "Product" : "1.2");
        return proxy(Connection.class, (_, method, arguments) -> switch (method.getName()) {
            case "createStatement" -> statement();
            case "getMetaData" -> about;
            case "setAutoCommit" -> {
                autoCommit = (Boolean) arguments[0];
                yield null;
            }
            case "close", "setNetworkTimeout" -> null;
            default -> throw new UnsupportedOperationException(method.getName());
        });
    }

    private Statement statement() {
        return proxy(Statement.class, (_, method, arguments) -> switch (method.getName()) {
            case "execute" -> {
                sent.add((String) arguments[0]);
                yield false;
            }
            case "executeQuery" -> {
                sent.add((String) arguments[0]);
                yield rows((String) arguments[0]);
            }
            case "setFetchSize" -> {
                fetchSizes.add((Integer) arguments[0]);
                yield null;
            }
            case "close" -> null;
            default -> throw new UnsupportedOperationException(method.getName());
        });
    }

    private ResultSet rows(String sql) {
        List<List<@Nullable Object>> rows = answers.entrySet().stream()
                .filter(answer -> sql.contains(answer.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> new AssertionError("nobody answers " + sql));
        int[] at = {-1};
        Object[] last = new Object[1];
        return proxy(ResultSet.class, (_, method, arguments) -> {
            switch (method.getName()) {
                case "next" -> {
                    at[0]++;
                    return at[0] < rows.size();
                }
                case "setFetchSize" -> {
                    fetchSizes.add((Integer) arguments[0]);
                    return null;
                }
                case "wasNull" -> {
                    return last[0] == null;
                }
                case "close" -> {
                    return null;
                }
                default -> {}
            }
            Object value = rows.get(at[0]).get((Integer) arguments[0] - 1);
            last[0] = value;
            return switch (method.getName()) {
                case "getString" -> value == null ? null : value.toString();
                case "getBytes" -> value;
                case "getBigDecimal" -> value == null ? null : new BigDecimal(value.toString());
                case "getDouble" -> value == null ? 0.0 : ((Number) value).doubleValue();
                case "getBoolean" -> value != null && (Boolean) value;
                case "getInt" -> ((Number) Objects.requireNonNull(value)).intValue();
                default -> throw new UnsupportedOperationException(method.getName());
            };
        });
    }
}
