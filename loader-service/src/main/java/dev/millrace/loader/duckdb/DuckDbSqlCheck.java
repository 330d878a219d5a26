package dev.millrace.loader.duckdb;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.ComparableValues;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Query;
import dev.millrace.warehouse.SqlCheck;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.duckdb.DuckDBConnection;

/** Asks the engine itself, which has the tables in memory and without rows. */
final class DuckDbSqlCheck implements SqlCheck {
    private static final Pattern UNDECLARED =
            Pattern.compile("Catalog Error: Table with name \"?([^\"]+?)\"? does not exist.*", Pattern.DOTALL);

    /** How the engine shows where an error is: the line of the statement, cut where it is long, and a mark below it. */
    private static final Pattern PLACE = Pattern.compile("(LINE (\\d+): )(\\.\\.\\.)?(.*?)(\\.\\.\\.)?\\R( *)\\^");

    /** White space and comments. */
    private static final Pattern HEAD = Pattern.compile("(?:\\s++|--[^\\n]*+|/\\*.*?\\*/)++", Pattern.DOTALL);

    private final Session session;
    private final QueryCheck check = new QueryCheck(ObjectMapper.getDefault());

    /** Found by {@link java.util.ServiceLoader}. */
    public static final class DuckDb implements Kind {
        @Override
        public String warehouse() {
            return DuckDbKind.TYPE;
        }

        @Override
        public String missing() {
            return "";
        }

        @Override
        public SqlCheck open() {
            return new DuckDbSqlCheck();
        }
    }

    private DuckDbSqlCheck() {
        try {
            this.session = new Session((DuckDBConnection) DriverManager.getConnection("jdbc:duckdb:"));
            for (String statement : List.of(
                    "SET GLOBAL TimeZone = 'UTC'",
                    "SET GLOBAL autoload_known_extensions = false",
                    "SET GLOBAL autoinstall_known_extensions = false",
                    "ATTACH ':memory:' AS " + Database.CATALOG,
                    "SET GLOBAL enable_external_access = false",
                    "SET GLOBAL lock_configuration = true",
                    "USE " + Database.CATALOG + ".main")) {
                session.execute(statement);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the engine can't be started", e);
        }
    }

    @Override
    public void declare(String table, List<Column> columns) {
        Table declared = Table.of(new Destination.Table(table, Write.APPEND, List.of(), Destination.Empty.FAIL));
        try {
            session.execute("CREATE SCHEMA IF NOT EXISTS " + Database.CATALOG + "." + Sql.name(declared.dataset()));
            session.execute("CREATE TABLE IF NOT EXISTS " + declared.quoted() + " (" + Table.definition(columns) + ")");
        } catch (SQLException e) {
            throw new IllegalStateException("the table " + table + " can't be declared", e);
        }
    }

    @Override
    public Result check(String sql, @Nullable String table) {
        return withoutHead(
                sql,
                body -> checked(body, () -> {
                    List<Column> columns = new SelectedStage(session, check, body).bind();
                    if (table != null) {
                        declare(table, columns);
                    }
                    return columns.stream().map(Column::name).toList();
                }));
    }

    @Override
    public Result check(String sql, Map<String, Column.Type> parameters) {
        return withoutHead(sql, body -> {
            NamedParameters named;
            try {
                named = NamedParameters.of(body, examples(parameters));
            } catch (MillraceException e) {
                return new Result.Wrong(1, 1, String.valueOf(e.getMessage()));
            }
            Result result = checked(named.sql(), () -> {
                check.check(session, named.sql());
                return Queries.columns(session, Queries.alone(session, named.sql())).stream()
                        .map(Queries.Answered::name)
                        .toList();
            });
            return result instanceof Result.Wrong wrong ? original(wrong, named, body) : result;
        });
    }

    private static List<Query.Parameter> examples(Map<String, Column.Type> parameters) {
        return parameters.entrySet().stream()
                .map(parameter -> new Query.Parameter(
                        parameter.getKey(), parameter.getValue(), ComparableValues.example(parameter.getValue())))
                .toList();
    }

    /** The engine counts lines from the first that is no comment, and characters from the first of all. */
    private static Result withoutHead(String sql, Function<String, Result> body) {
        Matcher head = HEAD.matcher(sql);
        int start = head.lookingAt() ? head.end() : 0;
        Result result = body.apply(sql.substring(start));
        if (!(result instanceof Result.Wrong(int line, int column, String reason))) {
            return result;
        }
        int lines = (int) sql.substring(0, start).chars().filter(c -> c == '\n').count();
        int before = start - (sql.lastIndexOf('\n', start - 1) + 1);
        return new Result.Wrong(line + lines, line == 1 ? column + before : column, reason);
    }

    /** Lines are the same, since a parameter has none of its own. */
    private static Result.Wrong original(Result.Wrong wrong, NamedParameters named, String sql) {
        int start = 0;
        for (int line = 1; line < wrong.line(); line++) {
            start = named.sql().indexOf('\n', start) + 1;
        }
        int origin = named.origin(start + wrong.column() - 1);
        return new Result.Wrong(wrong.line(), origin - sql.lastIndexOf('\n', origin - 1), wrong.reason());
    }

    /** What finds the names of a query's columns. */
    private interface Binding {
        List<String> columns() throws SQLException, InterruptedException;
    }

    private Result checked(String sql, Binding binding) {
        try {
            return new Result.Right(binding.columns());
        } catch (MillraceException e) {
            return wrong(
                    sql,
                    String.valueOf(e.getMessage()),
                    e.getCause() instanceof SQLException cause ? cause : asked(sql));
        } catch (SQLException e) {
            return wrong(sql, Failures.sentence(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What the engine says itself of a statement that was refused before; null: nothing. */
    private @Nullable SQLException asked(String sql) {
        try (PreparedStatement _ = session.prepare(sql)) {
            return null;
        } catch (SQLException e) {
            return e;
        }
    }

    private static Result wrong(String sql, String reason, @Nullable SQLException cause) {
        String said = cause == null ? "" : String.valueOf(cause.getMessage());
        Matcher undeclared = UNDECLARED.matcher(said);
        if (undeclared.matches()) {
            return new Result.Undeclared(undeclared.group(1));
        }
        Matcher place = PLACE.matcher(said);
        if (!place.find()) {
            return new Result.Wrong(1, 1, reason);
        }
        int line = Integer.parseInt(place.group(2));
        int cut = place.group(3) == null ? 0 : place.group(3).length();
        List<String> lines = sql.lines().toList();
        int start = line > lines.size() ? 0 : Math.max(0, lines.get(line - 1).indexOf(place.group(4)));
        return new Result.Wrong(
                line, start + place.group(6).length() - place.group(1).length() - cut + 1, reason);
    }

    @Override
    public void close() {
        session.close();
    }
}
