package dev.millrace.loader.duckdb;

import dev.millrace.loader.AnswerSize;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The answers to users' queries, with values as BigQuery writes them. */
final class Queries {
    private final Session session;
    private final QueryCheck check;
    private final Duration timeout;

    /** @param timeout of queries that have none of their own, and the most that these may have */
    Queries(Session session, QueryCheck check, Duration timeout) {
        this.session = session;
        this.check = check;
        this.timeout = timeout;
    }

    /** A column of an answer. */
    record Answered(String name, AnswerType type) {}

    Query.Result answer(Query query, AnswerSize size) throws SQLException, InterruptedException {
        Duration limit = query.timeout(timeout);
        NamedParameters named = NamedParameters.of(query.sql(DuckDbKind.TYPE), query.parameters());
        try {
            return session.run(limit, () -> {
                check.check(session, named.sql());
                return session.reading(() -> run(named, query.limit(), size));
            });
        } catch (TimeoutException e) {
            throw new MillraceException(ErrorCode.QUERY_FAILED, Query.tookLongerThan(limit), e);
        } catch (SQLException e) {
            if (isOwnFault(e)) {
                throw e;
            }
            throw new MillraceException(ErrorCode.QUERY_FAILED, Failures.sentence(e), e);
        }
    }

    /** The engine's state is at fault, not the SQL. */
    static boolean isOwnFault(SQLException e) {
        String message = Failures.sentence(e);
        return message.contains("invalidated") || message.startsWith("FATAL") || message.startsWith("IO Error");
    }

    private Query.Result run(NamedParameters named, int limit, AnswerSize size) throws SQLException {
        String sql = alone(session, named.sql());
        List<Answered> columns = columns(session, sql);
        List<List<@Nullable String>> rows = session.rows(
                wrapped(sql, columns, limit, size),
                row -> {
                    size.check(row.getLong(columns.size() + 1));
                    List<@Nullable String> values = texts(row, columns);
                    size.add(values);
                    return values;
                },
                named.values().toArray());
        boolean truncated = rows.size() > limit;
        return new Query.Result(
                columns.stream()
                        .map(column ->
                                new Query.Field(column.name(), column.type().type()))
                        .toList(),
                truncated ? rows.subList(0, limit) : rows,
                truncated);
    }

    /**
     * The answer's values as texts, and after them the bytes of these up to the row. The driver takes over some two thousand
     * rows at once, so a value beyond the limit is none any more when it leaves the engine.
     */
    private static String wrapped(String sql, List<Answered> columns, int limit, AnswerSize size) {
        // a statement's end of line may belong to a comment
        String texts = "SELECT " + each(columns, i -> columns.get(i).type().sql("c" + i)) + " FROM (" + sql
                + "\n) AS answer(" + each(columns, i -> "c" + i) + ") LIMIT " + (limit + 1L);
        String bytes = IntStream.range(0, columns.size())
                .mapToObj(i -> "coalesce(" + columns.get(i).type().bytes("t" + i) + ", 0)")
                .collect(Collectors.joining(" + "));
        return "SELECT " + each(columns, i -> "CASE WHEN size <= " + size.most() + " THEN t" + i + " END")
                + ", size FROM (SELECT *, CAST(sum(" + bytes
                + ") OVER (ROWS UNBOUNDED PRECEDING) AS BIGINT) AS size FROM ("
                + texts + ") AS answer(" + each(columns, i -> "t" + i) + "))";
    }

    private static String each(List<Answered> columns, IntFunction<String> sql) {
        return IntStream.range(0, columns.size()).mapToObj(sql).collect(Collectors.joining(", "));
    }

    /** Without the semicolon at its end, which can't stand in a subquery. */
    static String alone(Session session, String sql) throws SQLException {
        if (!sql.contains(";")) {
            return sql;
        }
        return session.rows("SELECT json_deserialize_sql(json_serialize_sql(?))", row -> row.getString(1), sql)
                .getFirst()
                .strip()
                .replaceFirst(";$", "");
    }

    /** @param sql with parameters that have types */
    static List<Answered> columns(Session session, String sql) throws SQLException {
        try (PreparedStatement statement = session.prepare(sql)) {
            ResultSetMetaData data = statement.getMetaData();
            List<Answered> columns = new ArrayList<>();
            for (int i = 1; i <= data.getColumnCount(); i++) {
                columns.add(new Answered(data.getColumnName(i), AnswerType.of(data.getColumnTypeName(i))));
            }
            return columns;
        }
    }

    static List<@Nullable String> texts(ResultSet row, List<Answered> columns) throws SQLException {
        List<@Nullable String> texts = new ArrayList<>(columns.size());
        for (int i = 0; i < columns.size(); i++) {
            Object value = row.getObject(i + 1);
            texts.add(value == null ? null : columns.get(i).type().text(value));
        }
        return texts;
    }
}
