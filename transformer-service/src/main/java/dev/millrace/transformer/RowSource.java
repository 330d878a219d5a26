package dev.millrace.transformer;

import static java.util.stream.Collectors.joining;

import io.micronaut.core.annotation.Nullable;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;
import org.duckdb.DuckDBColumnType;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDataChunkWriter;
import org.duckdb.DuckDBFunctions;
import org.duckdb.DuckDBTableFunction;
import org.duckdb.DuckDBTableFunctionBindInfo;
import org.duckdb.DuckDBTableFunctionBuilder;
import org.duckdb.DuckDBTableFunctionCallInfo;
import org.duckdb.DuckDBTableFunctionInitInfo;

/**
 * Rows that a query of the engine reads as they come, without a table in between: a table function. The query gets them
 * in their order. One query at a time may read, of those that {@link #supply} was called for.
 */
final class RowSource {
    /** No column of users can have a name with this. */
    private static final String MARK = "#";

    private final String name;
    private final List<Part> columns;
    private @Nullable Supply supply;
    private List<Object[]> rows = List.of();
    private int next;
    private long number;

    /**
     * A column of the rows.
     *
     * @param position in each row
     */
    record Part(int position, ColumnReader column) {}

    /** Called on the engine's threads, by one at a time; whatever it throws ends the query. */
    interface Supply {
        /** The rows that follow; null: there are no more. May wait. */
        @Nullable
        List<Object[]> next() throws InterruptedException;
    }

    /** @param name of its own in the engine */
    RowSource(DuckDBConnection connection, String name, List<Part> columns) throws SQLException {
        this.name = name;
        this.columns = List.copyOf(columns);
        try (DuckDBTableFunctionBuilder function = DuckDBFunctions.tableFunction()) {
            var _ = function.withName(name).withFunction(new Function()).register(connection);
        }
    }

    /**
     * What the next query reads.
     *
     * @param firstNumber of the first row; each has the one after that before it
     */
    synchronized void supply(Supply ofQuery, long firstNumber) {
        supply = ofQuery;
        rows = List.of();
        next = 0;
        number = firstNumber;
    }

    /**
     * A query of the rows, in the types that are staged, under the columns' names.
     *
     * @param numberName what to call the rows' numbers, quoted where SQL wants it
     */
    String select(String numberName) {
        return "SELECT "
                + IntStream.range(0, columns.size())
                        .mapToObj(i -> columns.get(i).column().parser().staged(quoted(carried(i))) + " AS "
                                + Engine.name(columns.get(i).column().column()) + ", ")
                        .collect(joining())
                + quoted(MARK) + " AS " + numberName + " FROM " + name + "()";
    }

    private static String carried(int column) {
        return MARK + column;
    }

    private static String quoted(String name) {
        return '"' + name + '"';
    }

    private synchronized long fill(DuckDBDataChunkWriter chunk) throws InterruptedException {
        while (next == rows.size()) {
            List<Object[]> more = supply == null ? null : supply.next();
            if (more == null) {
                supply = null;
                return 0;
            }
            rows = more;
            next = 0;
        }
        int end = (int) Math.min(rows.size(), next + chunk.capacity());
        List<Object[]> some = rows.subList(next, end);
        for (int i = 0; i < some.size(); i++) {
            chunk.vector(0).setLong(i, number++);
        }
        for (int i = 0; i < columns.size(); i++) {
            Part part = columns.get(i);
            part.column().parser().engineType().fill(chunk.vector(i + 1), some, part.position());
        }
        next = end;
        return some.size();
    }

    private final class Function implements DuckDBTableFunction<Object, Object, Object> {
        /** The engine wants some object, and gives it back to nobody here. */
        private static final Object NONE = new Object();

        @Override
        public Object bind(DuckDBTableFunctionBindInfo function) throws SQLException {
            function.addResultColumn(MARK, DuckDBColumnType.BIGINT);
            for (int i = 0; i < columns.size(); i++) {
                columns.get(i).column().parser().engineType().declare(function, carried(i));
            }
            return NONE;
        }

        @Override
        public Object init(DuckDBTableFunctionInitInfo function) {
            function.setMaxThreads(1); // or the rows would lose their order
            return NONE;
        }

        @Override
        public long apply(DuckDBTableFunctionCallInfo function, DuckDBDataChunkWriter chunk)
                throws InterruptedException {
            return fill(chunk);
        }
    }
}
