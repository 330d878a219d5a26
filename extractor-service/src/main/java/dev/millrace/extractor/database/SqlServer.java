package dev.millrace.extractor.database;

import dev.millrace.extractor.database.FetchedRows.Form;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * SQL Server, by Microsoft's driver. What a value looks like is said to the server, by CONVERT, for all types whose text would
 * depend on the driver or a language; it was written by the documents of server and driver, and not run against a server.
 */
final class SqlServer implements Dialect {
    /** ISO 8601 for times, all digits for money, https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql */
    private static final int PLAIN_STYLE = 126;

    /** 17 digits, of which a float can be made again. */
    private static final int FLOAT_STYLE = 3;

    @Override
    public String driver() {
        return "com.microsoft.sqlserver:mssql-jdbc";
    }

    @Override
    public String url(Login login, Tls.Mode tls) {
        return "jdbc:sqlserver://";
    }

    @Override
    public Properties properties(Login login, Tls.Mode tls, @Nullable TlsFiles files) {
        if (tls == Tls.Mode.VERIFY_CA || (files != null && files.client() != null)) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    "tls of a SQL Server: "
                            + (tls == Tls.Mode.VERIFY_CA
                                    ? "mode verify-ca (expected: verify-full, require or disable)"
                                    : "a certificate of the client (expected: user and password)"));
        }
        Properties properties = new Properties();
        properties.setProperty("serverName", login.host());
        properties.setProperty("portNumber", login.port());
        properties.setProperty("databaseName", login.database());
        properties.setProperty("user", login.user());
        if (login.password() != null) {
            properties.setProperty("password", login.password());
        }
        properties.setProperty("loginTimeout", String.valueOf(login.timeoutSeconds()));
        properties.setProperty("applicationName", "millrace");
        properties.setProperty("applicationIntent", "ReadOnly");
        properties.setProperty("responseBuffering", "adaptive"); // rows as they are read, whatever the fetch size
        properties.setProperty("connectRetryCount", "0"); // another connection would have another state
        properties.setProperty("encrypt", String.valueOf(tls != Tls.Mode.DISABLE));
        properties.setProperty("trustServerCertificate", String.valueOf(tls == Tls.Mode.REQUIRE));
        if (files != null && tls == Tls.Mode.VERIFY_FULL) {
            properties.setProperty("trustStore", files.trusted().toString());
            properties.setProperty("trustStorePassword", files.password());
            properties.setProperty("trustStoreType", "PKCS12");
        }
        return properties;
    }

    @Override
    public String quoted(String name) {
        return '[' + name.replace("]", "]]") + ']';
    }

    /** There are no transactions that can't write, so this one is never committed. */
    @Override
    public String begin(Connection connection, @Nullable ReadRows rows, @Nullable String snapshot) throws SQLException {
        if (rows == null) {
            return begin(connection, "READ COMMITTED", "READ COMMITTED");
        }
        try (Statement statement = connection.createStatement();
                ResultSet state = statement.executeQuery(
                        "SELECT snapshot_isolation_state FROM sys.databases WHERE database_id = DB_ID()")) {
            if (!state.next() || state.getInt(1) != 1) {
                throw new MillraceException(
                        ErrorCode.SOURCE_REFUSED,
                        "the database has no snapshots, so what is read while others write would be no state that it ever"
                                + " had (expected: ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON, or consistency:"
                                + " none)");
            }
        }
        return begin(connection, "SNAPSHOT", "one SNAPSHOT");
    }

    @Override
    public String beginWithoutState(Connection connection, ReadRows rows) throws SQLException {
        return begin(connection, "READ COMMITTED", "READ COMMITTED, no one state");
    }

    private static String begin(Connection connection, String isolation, String state) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TRANSACTION ISOLATION LEVEL " + isolation);
            statement.execute("SET LOCK_TIMEOUT 60000");
        }
        connection.setAutoCommit(false);
        return connection.getMetaData().getDatabaseProductName() + " "
                + connection.getMetaData().getDatabaseProductVersion() + ", " + state + ", rolled back in the end";
    }

    @Override
    public Optional<Ranges> ranges(Connection connection, ReadRows rows, int readers) {
        throw new MillraceException(
                ErrorCode.SOURCE_REFUSED,
                "parallel is " + readers
                        + " (expected: 1, since SQL Server has no snapshot that several readers could share)");
    }

    @Override
    public Column.Type column(SourceColumn column) {
        return switch (type(column)) {
            case "tinyint", "smallint", "int", "bigint" -> Column.Type.INTEGER;
            case "decimal", "numeric" -> ServerSchema.decimal(column.precision(), column.scale());
            case "money", "smallmoney" -> Column.Type.NUMERIC;
            case "float", "real" -> Column.Type.FLOAT;
            case "bit" -> Column.Type.BOOLEAN;
            case "date" -> Column.Type.DATE;
            case "time" -> Column.Type.TIME;
            case "datetime", "datetime2", "smalldatetime" -> Column.Type.DATETIME;
            case "datetimeoffset" -> Column.Type.TIMESTAMP;
            default -> form(column) == Form.BYTES ? Column.Type.BYTES : Column.Type.STRING;
        };
    }

    @Override
    public String tables() {
        return "SELECT CASE WHEN s.name = SCHEMA_NAME() THEN NULL ELSE s.name END, o.name,"
                + " CASE WHEN o.type = 'V' THEN 1 ELSE 0 END"
                + " FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id"
                + " WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0";
    }

    @Override
    public ResultSet keys(Connection connection, @Nullable String schema, String table) throws SQLException {
        return connection
                .getMetaData()
                .getPrimaryKeys(connection.getCatalog(), schema == null ? connection.getSchema() : schema, table);
    }

    @Override
    public Rows rows(Connection connection, ReadRows rows, List<SourceColumn> columns, @Nullable String condition)
            throws SQLException {
        String select = columns.stream().map(this::selected).collect(Collectors.joining(", "));
        String where = condition == null ? "" : " WHERE " + condition;
        return new FetchedRows(
                connection.createStatement(),
                "SELECT " + select + " FROM " + rows.from() + where,
                columns.stream().map(SqlServer::form).toList());
    }

    /** Without what the driver says behind it, such as {@code int identity}. */
    private static String type(SourceColumn column) {
        int end = column.type().indexOf(' ');
        return end < 0 ? column.type() : column.type().substring(0, end);
    }

    private String selected(SourceColumn column) {
        String name = quoted(column.name());
        return switch (type(column)) {
            case "decimal", "numeric", "money", "smallmoney" -> converted("varchar(60)", name, PLAIN_STYLE);
            case "float", "real" -> converted("varchar(60)", name, FLOAT_STYLE);
            case "date", "time", "datetime", "datetime2", "smalldatetime", "datetimeoffset" ->
                converted("varchar(40)", name, PLAIN_STYLE);
            case "uniqueidentifier" -> converted("char(36)", name, 0);
            case "xml", "text", "ntext" -> converted("nvarchar(max)", name, 0);
            case "geometry", "geography", "hierarchyid" -> converted("varbinary(max)", name, 0);
            case "sql_variant" ->
                throw new MillraceException(
                        ErrorCode.SOURCE_REFUSED,
                        "column " + column.name() + " is of type sql_variant, each value of which has a type of its own"
                                + " (expected: columns without it, or a query with a CAST)");
            default -> name;
        };
    }

    private static String converted(String type, String name, int style) {
        return "CONVERT(" + type + ", " + name + ", " + style + ") AS " + name;
    }

    private static Form form(SourceColumn column) {
        return switch (type(column)) {
            case "tinyint", "smallint", "int", "bigint", "decimal", "numeric", "money", "smallmoney", "float", "real" ->
                Form.NUMBER;
            case "bit" -> Form.TRUTH;
            case "binary", "varbinary", "image", "timestamp", "rowversion", "geometry", "geography", "hierarchyid" ->
                Form.BYTES;
            default -> Form.TEXT;
        };
    }

    @Override
    public @Nullable CursorKind cursorKind(SourceColumn column) {
        return switch (type(column)) {
            case "tinyint", "smallint", "int", "bigint", "decimal", "numeric" -> CursorKind.NUMBER;
            case "date" -> CursorKind.DATE;
            case "datetime", "datetime2" -> CursorKind.LOCAL_TIME;
            case "datetimeoffset" -> CursorKind.INSTANT;
            default -> null;
        };
    }

    /** A datetime has three digits behind the second, and refuses a text with more. */
    @Override
    public String cursorValue(SourceColumn column, String text) {
        return switch (type(column)) {
            case "date" -> "CAST('" + text + "' AS date)";
            case "datetime" -> "CAST(CAST('" + text + "' AS datetime2(3)) AS datetime)";
            case "datetime2", "datetimeoffset" -> "CAST('" + text + "' AS " + type(column) + "(7))";
            default -> text;
        };
    }

    /** DATEADD counts in 32 bits. */
    @Override
    public String earlier(SourceColumn column, String value, Duration by) {
        if (type(column).equals("date")) {
            long days = by.plusDays(1).minusNanos(1).toDays();
            return "DATEADD(day, -" + days + ", " + value + ")";
        }
        long micros = by.toNanosPart() / 1_000;
        return "DATEADD(microsecond, -" + micros + ", DATEADD(second, -" + by.toSeconds() + ", " + value + "))";
    }

    @Override
    public String text(String value) {
        return "CONVERT(varchar(60), " + value + ", " + PLAIN_STYLE + ")";
    }

    @Override
    public LocalDateTime now(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet now = statement.executeQuery("SELECT CONVERT(varchar(40), SYSUTCDATETIME(), 126)")) {
            now.next();
            return LocalDateTime.parse(now.getString(1));
        }
    }

    /** Its errors, https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors */
    @Override
    public @Nullable ErrorCode code(SQLException failure) {
        return switch (failure.getErrorCode()) {
            case 18452, 18456, 18470, 18486, 18487, 18488, 4060 -> ErrorCode.SOURCE_UNAUTHORIZED;
            // a deadlock, a lock that isn't given, a snapshot that is gone, a server that is full or about to end
            case 1205, 1222, 3960, 3961, 6005, 701, 802, 8645, 10928, 10929, 40197, 40501, 40613 ->
                ErrorCode.SOURCE_UNAVAILABLE;
            default -> null;
        };
    }
}
