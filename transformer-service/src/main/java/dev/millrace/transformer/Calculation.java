package dev.millrace.transformer;

import static java.util.stream.Collectors.joining;

import dev.millrace.sql.RowExpression;
import io.micronaut.core.annotation.Nullable;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.duckdb.DuckDBConnection;

/**
 * The calculation of some expressions for many rows at once, by the engine. A row for which one fails spoils nothing
 * for the others. For one thread at a time.
 */
final class Calculation implements AutoCloseable {
    /** Finding out why one row fails takes a query of its own. */
    private static final int MAX_REASONS = 1_000;

    /** No column of users can have this name. */
    private static final String NUMBER = "\"#\"";

    private final DuckDBConnection connection;
    private final RowSource source;
    private final List<Operand> operands;
    private final List<RowExpression> expressions;
    private @Nullable PreparedStatement all;
    private @Nullable PreparedStatement unmet;

    /**
     * A column that an expression uses.
     *
     * @param position in the row
     * @param type the engine's type that it has in expressions
     */
    record Operand(int position, ColumnReader column, String type) {}

    /** What came of an expression for a row. */
    sealed interface Result {
        /** @param text as the result's type is read from a source; null: NULL */
        record Value(@Nullable String text) implements Result {}

        record Failed(String reason) implements Result {}
    }

    /** @param name of its own in the engine */
    Calculation(DuckDBConnection connection, String name, List<Operand> operands, List<RowExpression> expressions)
            throws SQLException {
        this.connection = connection;
        this.operands = operands;
        this.expressions = expressions;
        this.source = new RowSource(
                connection,
                name,
                operands.stream()
                        .map(operand -> new RowSource.Part(operand.position(), operand.column()))
                        .toList());
    }

    /** For each row a result of each expression, in their order. */
    List<List<Result>> of(List<Object[]> rows) throws SQLException {
        PreparedStatement query = all;
        if (query == null) {
            query = connection.prepareStatement(calculated());
            all = query;
        }
        List<List<Result>> results = new ArrayList<>(Collections.nCopies(rows.size(), List.of()));
        List<Failure> failures = new ArrayList<>();
        supply(rows);
        try (ResultSet found = query.executeQuery()) {
            while (found.next()) {
                int row = found.getInt(1);
                List<Result> ofRow = new ArrayList<>(expressions.size());
                for (int i = 0; i < expressions.size(); i++) {
                    if (!found.getBoolean(2 * i + 2)) {
                        ofRow.add(new Result.Value(found.getString(2 * i + 3)));
                    } else {
                        failures.add(new Failure(row, i));
                        ofRow.add(new Result.Failed("can't be calculated"));
                    }
                }
                results.set(row, ofRow);
            }
        }
        for (Failure failure : failures.subList(0, Math.min(failures.size(), MAX_REASONS))) {
            Result why = new Result.Failed(reason(expressions.get(failure.expression()), rows.get(failure.row())));
            results.get(failure.row()).set(failure.expression(), why);
        }
        return results;
    }

    /**
     * A result of each expression for each row for which not all of them are true.
     *
     * @return by the rows' positions in the list
     */
    Map<Integer, List<Result>> unmet(List<Object[]> rows) throws SQLException {
        PreparedStatement query = unmet;
        if (query == null) {
            String met = expressions.stream().map(RowExpression::enclosed).collect(joining(" AND "));
            query = connection.prepareStatement(
                    "SELECT " + NUMBER + " FROM (" + typed() + ") WHERE TRY(" + met + ") IS NOT TRUE");
            unmet = query;
        }
        List<Integer> positions = new ArrayList<>();
        supply(rows);
        try (ResultSet found = query.executeQuery()) {
            while (found.next()) {
                positions.add(found.getInt(1));
            }
        }
        Map<Integer, List<Result>> results = new HashMap<>();
        if (!positions.isEmpty()) {
            List<List<Result>> some = of(positions.stream().map(rows::get).toList());
            for (int i = 0; i < some.size(); i++) {
                results.put(positions.get(i), some.get(i));
            }
        }
        return results;
    }

    /** An expression that fails for a row. */
    private record Failure(int row, int expression) {}

    private void supply(List<Object[]> rows) {
        Iterator<List<Object[]>> once = List.of(rows).iterator();
        source.supply(() -> once.hasNext() ? once.next() : null, 0);
    }

    private String calculated() {
        StringBuilder names = new StringBuilder(NUMBER);
        StringBuilder values = new StringBuilder(NUMBER);
        for (int i = 0; i < expressions.size(); i++) {
            names.append(", \"#").append(i).append('"');
            values.append(String.format(Locale.ROOT, ", \"#%d\" IS NULL, \"#%d\".v", i, i));
        }
        String each = expressions.stream()
                .map(expression -> "TRY({'v': " + text(expression) + "})")
                .collect(joining(", "));
        return "SELECT " + values + " FROM (SELECT " + NUMBER + ", " + each + " FROM (" + typed() + ")) AS calculated("
                + names + ")";
    }

    /** The columns in the types that expressions see: some are texts, as they will be staged. */
    private String typed() {
        return "SELECT " + NUMBER
                + operands.stream()
                        .map(operand -> ", CAST(" + name(operand) + " AS " + operand.type() + ") AS " + name(operand))
                        .collect(joining())
                + " FROM (" + source.select(NUMBER) + ")";
    }

    /** SQL for the result as a text that the column's parser takes for what it is. */
    private static String text(RowExpression expression) {
        String sql = expression.enclosed();
        return switch (expression.type()) {
            case "TIMESTAMP" -> "strftime(" + sql + ", '%Y-%m-%dT%H:%M:%S.%f')";
            case "TIMESTAMP WITH TIME ZONE" -> "strftime(timezone('UTC', " + sql + "), '%Y-%m-%dT%H:%M:%S.%fZ')";
            case "FLOAT" -> "CAST(CAST(" + sql + " AS DOUBLE) AS VARCHAR)";
            default -> "CAST(" + sql + " AS VARCHAR)";
        };
    }

    private String reason(RowExpression expression, Object[] row) {
        supply(List.<Object[]>of(row));
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT " + text(expression) + " FROM (" + typed() + ")")) {
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

    @Override
    public void close() throws SQLException {
        try (PreparedStatement _ = all;
                PreparedStatement _ = unmet) {
            // both are closed, whatever the other one says
        }
    }
}
