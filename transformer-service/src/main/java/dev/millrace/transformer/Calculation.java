package dev.millrace.transformer;

import static java.util.stream.Collectors.joining;

import dev.millrace.sql.RowExpression;
import io.micronaut.core.annotation.Nullable;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/**
 * Has the engine calculate some expressions for many rows at once. A row for which one fails spoils nothing for the
 * others. For one thread at a time.
 */
final class Calculation {
    /** Finding out why one row fails takes a query of its own. */
    private static final int MAX_REASONS = 1_000;

    /** No column of users can have this name. */
    private static final String NUMBER = "\"#\"";

    private final DuckDBConnection connection;
    private final String table;
    private final List<Operand> operands;
    private final List<RowExpression> expressions;

    /**
     * A column that an expression uses.
     *
     * @param position in the row
     * @param type the engine's type that it has in expressions
     */
    record Operand(int position, ColumnReading column, String type) {}

    /** What came of an expression for a row. */
    sealed interface Result {
        /** @param text as the result's type is read from a source; null: NULL */
        record Value(@Nullable String text) implements Result {}

        record Failed(String reason) implements Result {}
    }

    /** @param table a name of its own in the engine */
    Calculation(DuckDBConnection connection, String table, List<Operand> operands, List<RowExpression> expressions) {
        this.connection = connection;
        this.table = table;
        this.operands = operands;
        this.expressions = expressions;
    }

    /** For each row a result of each expression, in their order. */
    List<List<Result>> of(List<Object[]> rows) throws SQLException {
        fill(rows);
        List<List<Result>> results = new ArrayList<>(rows.size());
        String calculated = expressions.stream()
                .map(expression -> "TRY({'v': " + text(expression) + "})")
                .collect(joining(", "));
        int reasons = 0;
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(unpacked(calculated))) {
            while (found.next()) {
                List<Result> ofRow = new ArrayList<>(expressions.size());
                for (int i = 0; i < expressions.size(); i++) {
                    if (!found.getBoolean(2 * i + 2)) {
                        ofRow.add(new Result.Value(found.getString(2 * i + 3)));
                    } else if (reasons++ < MAX_REASONS) {
                        ofRow.add(new Result.Failed(reason(expressions.get(i), found.getInt(1))));
                    } else {
                        ofRow.add(new Result.Failed("can't be calculated"));
                    }
                }
                results.add(ofRow);
            }
        }
        return results;
    }

    private String unpacked(String calculated) {
        StringBuilder names = new StringBuilder(NUMBER);
        StringBuilder values = new StringBuilder(NUMBER);
        for (int i = 0; i < expressions.size(); i++) {
            names.append(", \"#").append(i).append('"');
            values.append(String.format(Locale.ROOT, ", \"#%d\" IS NULL, \"#%d\".v", i, i));
        }
        return "SELECT " + values + " FROM (SELECT " + NUMBER + ", " + calculated + " FROM (" + typed()
                + ")) AS calculated(" + names + ") ORDER BY " + NUMBER;
    }

    /** The table's columns in the types that expressions see: some stand in it as texts, as they will be staged. */
    private String typed() {
        return "SELECT " + NUMBER
                + operands.stream()
                        .map(operand -> ", CAST(" + name(operand) + " AS " + operand.type() + ") AS " + name(operand))
                        .collect(joining())
                + " FROM " + table;
    }

    private void fill(List<Object[]> rows) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE OR REPLACE TABLE " + table + " (" + NUMBER + " INTEGER"
                    + operands.stream()
                            .map(operand -> ", " + name(operand) + " "
                                    + operand.column().reading().sqlType())
                            .collect(joining())
                    + ")");
        }
        try (DuckDBAppender appender = connection.createAppender(table)) {
            for (int i = 0; i < rows.size(); i++) {
                appender.beginRow();
                appender.append(i);
                for (Operand operand : operands) {
                    Object value = rows.get(i)[operand.position()];
                    if (value == null) {
                        appender.appendNull();
                    } else {
                        operand.column().reading().append(appender, value);
                    }
                }
                appender.endRow();
            }
        }
    }

    /** SQL for the result as a text that the column's reading takes for what it is. */
    private static String text(RowExpression expression) {
        String sql = expression.enclosed();
        return switch (expression.type()) {
            case "TIMESTAMP" -> "strftime(" + sql + ", '%Y-%m-%dT%H:%M:%S.%f')";
            case "TIMESTAMP WITH TIME ZONE" -> "strftime(timezone('UTC', " + sql + "), '%Y-%m-%dT%H:%M:%S.%fZ')";
            case "FLOAT" -> "CAST(CAST(" + sql + " AS DOUBLE) AS VARCHAR)";
            default -> "CAST(" + sql + " AS VARCHAR)";
        };
    }

    private String reason(RowExpression expression, int row) {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(
                        "SELECT " + text(expression) + " FROM (" + typed() + ") WHERE " + NUMBER + " = " + row)) {
            result.next();
            return "can't be calculated";
        } catch (SQLException e) {
            String message = String.valueOf(e.getMessage())
                    .lines()
                    .findFirst()
                    .orElse("")
                    .replaceFirst("^[A-Za-z ]+ Error: ", "");
            return "can't be calculated: " + message;
        }
    }

    private static String name(Operand operand) {
        return Engine.name(operand.column().column());
    }
}
