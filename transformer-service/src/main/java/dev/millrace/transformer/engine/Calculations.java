package dev.millrace.transformer.engine;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.RowCheck;
import dev.millrace.pipeline.Shaping;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.sql.InvalidExpression;
import dev.millrace.sql.RowExpression;
import dev.millrace.sql.Scope;
import dev.millrace.transformer.value.ColumnReader;
import io.micronaut.core.annotation.Nullable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The expressions of an endpoint, to be calculated by several threads, each in turn with one {@link Kit}.
 */
public final class Calculations {
    private final Engine engine;
    private final List<ColumnReader> columns;
    private final List<RowExpression> first = new ArrayList<>();
    private final List<RowExpression> checks = new ArrayList<>();
    private final List<Calculation.Operand> firstOperands;
    private final List<Calculation.Operand> checkOperands;
    private final Queue<Kit> idle = new ConcurrentLinkedQueue<>();
    private final AtomicInteger tables = new AtomicInteger();

    /**
     * What one thread calculates with.
     *
     * @param first the filter, if there is one, then the derived columns in the order of the schema
     * @param checks in their order
     */
    public record Kit(Calculation first, Calculation checks) {}

    private Calculations(Engine engine, List<ColumnReader> columns, Shaping shaping) throws InvalidExpression {
        this.engine = engine;
        this.columns = columns;
        Scope read = shaping.readColumns();
        if (shaping.filter() != null) {
            first.add(RowExpression.of(shaping.filter(), read));
        }
        for (Column column : shaping.schema()) {
            if (column.expression() != null) {
                first.add(RowExpression.of(column.expression(), read));
            }
        }
        Scope all = shaping.allColumns();
        for (RowCheck check : shaping.checks()) {
            checks.add(RowExpression.of(check.expression(), all));
        }
        this.firstOperands = operands(first, read);
        this.checkOperands = operands(checks, all);
    }

    /**
     * Null when the endpoint has no expressions.
     *
     * @throws MillraceException with {@code PIPELINE_INVALID} when one is not to be calculated
     */
    public static @Nullable Calculations of(Engine engine, List<ColumnReader> columns, Shaping shaping) {
        try {
            Calculations calculations = new Calculations(engine, columns, shaping);
            return calculations.first.isEmpty() && calculations.checks.isEmpty() ? null : calculations;
        } catch (InvalidExpression e) {
            throw new MillraceException(ErrorCode.PIPELINE_INVALID, "expression " + e.getMessage(), e);
        }
    }

    private List<Calculation.Operand> operands(List<RowExpression> expressions, Scope scope) {
        List<Calculation.Operand> operands = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            String name = columns.get(i).column().name();
            String type = scope.columns().get(name);
            if (type != null
                    && expressions.stream()
                            .anyMatch(expression -> expression.columns().contains(name))) {
                operands.add(
                        new Calculation.Operand(i, name, columns.get(i).parser().buffer(), type));
            }
        }
        return operands;
    }

    /** To be given {@link #back}. */
    public Kit take() throws SQLException {
        Kit kit = idle.poll();
        if (kit != null) {
            return kit;
        }
        int number = tables.getAndIncrement();
        var connection = engine.connect();
        return new Kit(
                new Calculation(engine, connection, "first_" + number, firstOperands, first),
                new Calculation(engine, connection, "checks_" + number, checkOperands, checks));
    }

    public void back(Kit kit) {
        idle.add(kit);
    }
}
