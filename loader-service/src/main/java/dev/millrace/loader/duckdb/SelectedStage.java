package dev.millrace.loader.duckdb;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Excess;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.sql.PreparedStatement;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The temporary table of what a query of users selects, which {@link Stage} fills otherwise. */
final class SelectedStage {
    private final Session session;
    private final QueryCheck check;
    private final String sql;

    /** @param sql unchecked */
    SelectedStage(Session session, QueryCheck check, String sql) {
        this.session = session;
        this.check = check;
        this.sql = sql;
    }

    /**
     * Checks the query and stages its rows. As long as an interruption of the caller doesn't end it, it takes its time.
     *
     * @return the columns that a table of these rows has, all of them NULLABLE
     * @throws MillraceException {@code QUERY_REFUSED} or {@code QUERY_FAILED}
     */
    List<Column> fill() throws SQLException, InterruptedException {
        return checked(alone -> {
            List<Column> columns = columns(alone);
            String names =
                    IntStream.range(0, columns.size()).mapToObj(i -> "c" + i).collect(Collectors.joining(", "));
            String typed = IntStream.range(0, columns.size())
                    .mapToObj(i -> "CAST(c" + i + " AS " + Types.of(columns.get(i)) + ") AS "
                            + Sql.name(columns.get(i).name()))
                    .collect(Collectors.joining(", "));
            // a statement's end of line may belong to a comment
            session.execute("CREATE TEMP TABLE stage AS SELECT " + typed + ", row_number() OVER () AS " + Stage.POSITION
                    + " FROM (" + alone + "\n) AS selected(" + names + ")");
            return columns;
        });
    }

    /**
     * Checks the query without running it.
     *
     * @return the columns, as {@link #fill}
     * @throws MillraceException {@code QUERY_REFUSED} or {@code QUERY_FAILED}
     */
    List<Column> bind() throws SQLException, InterruptedException {
        return checked(this::columns);
    }

    private interface Use {
        List<Column> of(String alone) throws SQLException;
    }

    private List<Column> checked(Use use) throws SQLException, InterruptedException {
        try {
            return session.run(() -> {
                check.check(session, sql);
                return use.of(Queries.alone(session, sql));
            });
        } catch (SQLException e) {
            if (Queries.isOwnFault(e)) {
                throw e;
            }
            throw new MillraceException(ErrorCode.QUERY_FAILED, Failures.sentence(e), e);
        }
    }

    private List<Column> columns(String alone) throws SQLException {
        try (PreparedStatement statement = session.prepare(alone)) {
            ResultSetMetaData data = statement.getMetaData();
            List<Column> columns = new ArrayList<>();
            Set<String> names = new HashSet<>();
            for (int i = 1; i <= data.getColumnCount(); i++) {
                Column column = column(data.getColumnName(i), data.getColumnTypeName(i));
                if (!names.add(column.name().toLowerCase(Locale.ROOT))) {
                    throw unfit(
                            column.name(), "there twice", "a name of its own: give one of them another one with AS");
                }
                columns.add(column);
            }
            return columns;
        }
    }

    /** @param type as the engine names it */
    private static Column column(String name, String type) {
        if (!(AnswerType.of(type) instanceof AnswerType.Scalar scalar)) {
            throw notSingle(name, type);
        }
        Column.Type column = switch (scalar.value()) {
            case INTEGER -> Column.Type.INTEGER;
            case NUMERIC -> Column.Type.NUMERIC;
            // sums of integers are wider than integers to the engine, but not to BigQuery
            case BIGNUMERIC ->
                switch (type) {
                    case "UBIGINT", "HUGEINT", "UHUGEINT" -> Column.Type.INTEGER;
                    default -> throw unfit(name, "a " + type, "a NUMERIC or another type of BigQuery: cast it");
                };
            case FLOAT -> Column.Type.FLOAT;
            case BOOLEAN -> Column.Type.BOOLEAN;
            case STRING -> Column.Type.STRING;
            case BYTES -> Column.Type.BYTES;
            case DATE -> Column.Type.DATE;
            case TIME -> Column.Type.TIME;
            case DATETIME -> Column.Type.DATETIME;
            case TIMESTAMP -> Column.Type.TIMESTAMP;
            case JSON -> Column.Type.JSON;
            case INTERVAL -> throw notSingle(name, type);
        };
        if (type.endsWith("_NS")) {
            throw unfit(name, "a " + type, "microseconds: cast it");
        }
        boolean decimal = column == Column.Type.NUMERIC;
        String[] digits = type.replaceAll("[^0-9,]", "").split(",", -1);
        try {
            return FileRules.checked(new Column(
                    name,
                    column,
                    Column.Mode.NULLABLE,
                    null,
                    null,
                    List.of(),
                    null,
                    null,
                    ZoneId.of("UTC"),
                    null,
                    Column.OnError.REJECT,
                    Excess.REJECT,
                    false,
                    decimal ? digit(digits[0]) : null,
                    decimal ? digit(digits[1]) : null,
                    List.of(),
                    null,
                    null,
                    null,
                    false));
        } catch (InvalidValue e) {
            throw unfit(name, "no name of a column", "a name such as total_rows: give it one with AS");
        }
    }

    private static MillraceException notSingle(String name, String type) {
        return unfit(name, "a " + type, "a single value of a type of BigQuery: cast it, or make JSON of it");
    }

    private static @Nullable Integer digit(String text) {
        return Integer.valueOf(text);
    }

    private static MillraceException unfit(String column, String found, String expected) {
        return new MillraceException(
                ErrorCode.QUERY_FAILED,
                "column '" + column + "' of the model is " + found + " (expected: " + expected + ")");
    }
}
