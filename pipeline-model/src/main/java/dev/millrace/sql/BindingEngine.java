package dev.millrace.sql;

import static java.util.stream.Collectors.joining;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;

/** A DuckDB that parses and binds, but has no data, calculates nothing and may reach nothing. For one thread at a time. */
final class BindingEngine {
    private static @Nullable BindingEngine instance;

    private final Connection connection;

    private BindingEngine() throws SQLException {
        connection = DriverManager.getConnection("jdbc:duckdb:");
        try (Statement statement = connection.createStatement()) {
            for (String setting : List.of(
                    "threads = 1",
                    "memory_limit = '64MB'",
                    "TimeZone = 'UTC'",
                    "autoinstall_known_extensions = false",
                    "autoload_known_extensions = false",
                    "enable_external_access = false",
                    "lock_configuration = true")) {
                statement.execute("SET " + setting);
            }
        }
    }

    /** The one of this process, started when somebody needs it. */
    static synchronized BindingEngine instance() {
        try {
            BindingEngine engine = instance;
            if (engine == null) {
                engine = new BindingEngine();
                instance = engine;
            }
            return engine;
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    ParseTree parse(String sql) {
        return ParseTree.read(ObjectMapper.getDefault(), text(ParseTree.OF, sql));
    }

    /** Such as {@code aggregate}; null when there is no function of the name. */
    @Nullable
    String kindOf(String function) {
        return text("SELECT max(function_type) FROM duckdb_functions() WHERE function_name = ?", function);
    }

    private @Nullable String text(String sql, String parameter) {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, parameter);
            try (ResultSet result = statement.executeQuery()) {
                return result.next() ? result.getString(1) : null;
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /**
     * The type of an expression that is harmless.
     *
     * @param enclosed the expression in parentheses
     */
    String typeOf(String sql, String enclosed, Set<String> columns, Scope scope) throws InvalidExpression {
        String row = columns.isEmpty()
                ? "NULL AS \"#\""
                : columns.stream()
                        .map(name -> "CAST(NULL AS " + scope.columns().get(name) + ") AS \"" + name + '"')
                        .collect(joining(", "));
        try (Statement statement = connection.createStatement();
                ResultSet result =
                        statement.executeQuery("DESCRIBE SELECT " + enclosed + " FROM (SELECT " + row + ")")) {
            result.next();
            return result.getString("column_type");
        } catch (SQLException e) {
            throw new InvalidExpression(sql, "an expression that can be calculated; the engine says: " + sentence(e));
        }
    }

    private static String sentence(SQLException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("").replaceFirst("^[A-Za-z ]+ Error: ", "");
    }

    private static IllegalStateException failed(SQLException e) {
        return new IllegalStateException("the engine that checks expressions failed", e);
    }
}
