package dev.millrace.transformer.engine;

import static java.util.stream.Collectors.joining;

import dev.millrace.sql.RowExpression;
import dev.millrace.transformer.value.ColumnBuffer;
import io.micronaut.core.annotation.Nullable;
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
public final class Calculation {
    /** Finding out why one row fails takes a query of its own. */
    private static final int MAX_REASONS = 1_000;

    private static final String NUMBER = Engine.quoted(RowStream.NUMBER);

    private final DuckDBConnection connection;
    private final RowStream stream;
    private final NativeMemory memory;
    private final List<Operand> operands;
    private final List<RowExpression> expressions;
    private final String all;
    private final String unmet;

    /**
     * A column that an expression uses.
     *
     * @param position among the columns
     * @param like the buffers that its values will be in
     * @param type the engine's type that it has in expressions
     */
    record Operand(int position, String name, ColumnBuffer like, String type) {}

    /** What came of an expression for a row. */
    public sealed interface Result {
        /** @param text as the result's type is read from a source; null: NULL */
        record Value(@Nullable String text) implements Result {}

        record Failed(String reason) implements Result {}
    }

    /** @param view name of its own in the connection */
    public Calculation(
            Engine engine,
            DuckDBConnection connection,
            String view,
            List<Operand> operands,
            List<RowExpression> expressions) {
        this.connection = connection;
        this.operands = operands;
        this.expressions = expressions;
        this.memory = engine.memory();
        this.stream = engine.stream(
                connection,
                view,
                operands.stream().map(Operand::name).toList(),
                operands.stream().map(Operand::like).toList());
        this.all = calculated();
        String met = expressions.stream().map(RowExpression::enclosed).collect(joining(" AND "));
        this.unmet = "SELECT " + NUMBER + " FROM (" + typed() + ") WHERE TRY(" + met + ") IS NOT TRUE";
    }

    /** For each row a result of each expression, in their order. */
    public List<List<Result>> of(RowBuffers rows) throws SQLException {
        List<List<Result>> results = new ArrayList<>(Collections.nCopies(rows.size(), List.of()));
        List<Failure> failures = new ArrayList<>();
        try (RowBatch _ = supply(rows);
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(all)) {
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
            Result why =
                    new Result.Failed(reason(expressions.get(failure.expression()), rows.copy(List.of(failure.row()))));
            results.get(failure.row()).set(failure.expression(), why);
        }
        return results;
    }

    /**
     * A result of each expression for each row for which not all of them are true.
     *
     * @return by the rows' positions
     */
    public Map<Integer, List<Result>> unmet(RowBuffers rows) throws SQLException {
        List<Integer> positions = new ArrayList<>();
        try (RowBatch _ = supply(rows);
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(unmet)) {
            while (found.next()) {
                positions.add(found.getInt(1));
            }
        }
        Map<Integer, List<Result>> results = new HashMap<>();
        if (!positions.isEmpty()) {
            List<List<Result>> some = of(rows.copy(positions));
            for (int i = 0; i < some.size(); i++) {
                results.put(positions.get(i), some.get(i));
            }
        }
        return results;
    }

    /** An expression that fails for a row. */
    private record Failure(int row, int expression) {}

    /** To be closed behind the query, which may have failed before it read them. */
    private RowBatch supply(RowBuffers rows) {
        RowBatch batch = rows.batch(operands.stream().map(Operand::position).toList(), memory);
        Iterator<RowBatch> once = List.of(batch).iterator();
        stream.supply(() -> once.hasNext() ? once.next() : null, 0);
        return batch;
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
                        .map(operand -> ", CAST(" + Engine.quoted(operand.name()) + " AS " + operand.type() + ") AS "
                                + Engine.quoted(operand.name()))
                        .collect(joining())
                + " FROM (" + stream.select(NUMBER) + ")";
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

    private String reason(RowExpression expression, RowBuffers row) {
        try (RowBatch _ = supply(row);
                Statement statement = connection.createStatement();
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
}
