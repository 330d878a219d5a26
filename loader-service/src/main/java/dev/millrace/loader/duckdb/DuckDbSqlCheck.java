package dev.millrace.loader.duckdb;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.MillraceException;
import dev.millrace.warehouse.SqlCheck;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.duckdb.DuckDBConnection;

/** Asks the engine itself, which has the tables in memory and without rows. */
final class DuckDbSqlCheck implements SqlCheck {
    private static final Pattern UNDECLARED =
            Pattern.compile("Catalog Error: Table with name \"?([^\"]+?)\"? does not exist.*", Pattern.DOTALL);

    /** How the engine shows where an error is: the line of the statement, cut where it is long, and a mark below it. */
    private static final Pattern PLACE = Pattern.compile("(LINE (\\d+): )(\\.\\.\\.)?(.*?)(\\.\\.\\.)?\\R( *)\\^");

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
        try {
            List<Column> columns = new SelectedStage(session, check, sql).bind();
            if (table != null) {
                declare(table, columns);
            }
            return new Result.Right();
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
