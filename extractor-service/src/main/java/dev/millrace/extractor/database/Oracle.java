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
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * Oracle, by its own driver. A transaction that is READ ONLY sees the state in which it began. Times are written by the server
 * in formats that are said to it; it was written by the documents of server and driver, and not run against a server.
 */
final class Oracle implements Dialect {
    /** Whether a year is before Christ shows in front of it, as a sign or a blank. */
    private static final String TIME = "SYYYY-MM-DD HH24:MI:SS";

    private static final String FINE_TIME = TIME + ".FF9";

    /** Of a NUMBER without a scale, and of a FLOAT. */
    private static final int NO_SCALE = -127;

    /** Of a NUMBER that surely is an INTEGER. */
    private static final int INTEGER_DIGITS = 18;

    @Override
    public String driver() {
        return "com.oracle.database.jdbc:ojdbc11";
    }

    /** An easy connect string, https://docs.oracle.com/en/database/oracle/oracle-database/23/netag/ */
    @Override
    public String url(Login login, Tls.Mode tls) {
        if (!login.database().matches("[A-Za-z0-9._$-]+")) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    "the source's database can't be used (expected: the name of a service, of letters, digits, . _ $ and -)");
        }
        return "jdbc:oracle:thin:@" + (tls == Tls.Mode.DISABLE ? "tcp" : "tcps") + "://" + login.address() + "/"
                + login.database();
    }

    @Override
    public Properties properties(Login login, Tls.Mode tls, @Nullable TlsFiles files) {
        if (tls == Tls.Mode.REQUIRE) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    "tls of an Oracle: mode require (expected: verify-full, verify-ca or disable; its driver believes no"
                            + " server without an authority)");
        }
        Properties properties = new Properties();
        properties.setProperty("user", login.user());
        if (login.password() != null) {
            properties.setProperty("password", login.password());
        }
        String millis = String.valueOf(login.timeoutSeconds() * 1000);
        properties.setProperty("oracle.net.CONNECT_TIMEOUT", millis);
        properties.setProperty("oracle.jdbc.ReadTimeout", millis); // until it is connected
        properties.setProperty("oracle.net.keepAlive", "true");
        properties.setProperty("v$session.program", "millrace");
        if (files != null) {
            properties.setProperty("oracle.net.ssl_server_dn_match", String.valueOf(tls == Tls.Mode.VERIFY_FULL));
            properties.setProperty("javax.net.ssl.trustStore", files.trusted().toString());
            properties.setProperty("javax.net.ssl.trustStoreType", "PKCS12");
            properties.setProperty("javax.net.ssl.trustStorePassword", files.password());
            if (files.client() != null) {
                properties.setProperty("javax.net.ssl.keyStore", files.client().toString());
                properties.setProperty("javax.net.ssl.keyStoreType", "PKCS12");
                properties.setProperty("javax.net.ssl.keyStorePassword", files.password());
            }
        }
        return properties;
    }

    @Override
    public String quoted(String name) {
        if (name.indexOf('"') >= 0) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED, "'" + name + "' is no name of Oracle's (expected: one without a \")");
        }
        return '"' + name + '"';
    }

    @Override
    public String begin(Connection connection, @Nullable ReadRows rows, @Nullable String snapshot) throws SQLException {
        connection.setNetworkTimeout(Runnable::run, 0); // a query may take its time
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("ALTER SESSION SET TIME_ZONE = '+00:00'");
            statement.execute("ALTER SESSION SET NLS_CALENDAR = 'GREGORIAN'");
            statement.execute("ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,'");
            statement.execute("ALTER SESSION SET NLS_DATE_FORMAT = '" + TIME + "'");
            statement.execute("ALTER SESSION SET NLS_TIMESTAMP_FORMAT = '" + FINE_TIME + "'");
            statement.execute("ALTER SESSION SET NLS_TIMESTAMP_TZ_FORMAT = '" + FINE_TIME + " TZH:TZM'");
            statement.execute("SET TRANSACTION READ ONLY");
        }
        return connection
                        .getMetaData()
                        .getDatabaseProductVersion()
                        .lines()
                        .findFirst()
                        .orElse("Oracle") + ", one state, READ ONLY";
    }

    @Override
    public String oneRow() {
        return " FROM DUAL";
    }

    @Override
    public Optional<Ranges> ranges(Connection connection, ReadRows rows, int readers) {
        throw new MillraceException(
                ErrorCode.SOURCE_REFUSED,
                "parallel is " + readers + " (expected: 1; of Oracle a table is read by one reader)");
    }

    /** The driver's names, without the precision that some of them have. */
    private static String type(SourceColumn column) {
        return column.type().toUpperCase(Locale.ROOT).replaceAll("\\([0-9, ]*\\)", "");
    }

    @Override
    public Column.Type column(SourceColumn column) {
        return switch (type(column)) {
            case "NUMBER", "FLOAT" -> number(column);
            case "BINARY_FLOAT", "BINARY_DOUBLE" -> Column.Type.FLOAT;
            case "BOOLEAN" -> Column.Type.BOOLEAN;
            case "DATE", "TIMESTAMP" -> Column.Type.DATETIME;
            case "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH LOCAL TIME ZONE" -> Column.Type.TIMESTAMP;
            case "RAW", "LONG RAW", "BLOB" -> Column.Type.BYTES;
            case "JSON" -> Column.Type.JSON;
            default -> Column.Type.STRING;
        };
    }

    private static Column.Type number(SourceColumn column) {
        if (column.precision() == 0 || column.scale() == NO_SCALE) {
            return Column.Type.BIGNUMERIC;
        }
        return column.scale() == 0 && column.precision() <= INTEGER_DIGITS
                ? Column.Type.INTEGER
                : ServerSchema.decimal(column.precision(), column.scale());
    }

    @Override
    public String tables() {
        return "SELECT CASE WHEN owner = SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') THEN NULL ELSE owner END, object_name,"
                + " CASE WHEN object_type = 'VIEW' THEN 1 ELSE 0 END FROM all_objects"
                + " WHERE object_type IN ('TABLE', 'VIEW') AND secondary = 'N' AND object_name NOT LIKE 'BIN$%'"
                + " AND owner NOT IN (SELECT username FROM all_users WHERE oracle_maintained = 'Y')";
    }

    @Override
    public ResultSet keys(Connection connection, @Nullable String schema, String table) throws SQLException {
        return connection.getMetaData().getPrimaryKeys(null, schema == null ? connection.getSchema() : schema, table);
    }

    @Override
    public Rows rows(Connection connection, ReadRows rows, List<SourceColumn> columns, @Nullable String condition)
            throws SQLException {
        String select = columns.stream().map(this::selected).collect(Collectors.joining(", "));
        String where = condition == null ? "" : " WHERE " + condition;
        return new FetchedRows(
                connection.createStatement(),
                "SELECT " + select + " FROM " + rows.from() + where,
                columns.stream().map(Oracle::form).toList());
    }

    private String selected(SourceColumn column) {
        String name = quoted(column.name());
        return switch (type(column)) {
            case "DATE" -> time(name, TIME, name);
            case "TIMESTAMP" -> time(name, FINE_TIME, name);
            case "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH LOCAL TIME ZONE" ->
                time(name + " AT TIME ZONE 'UTC'", FINE_TIME + "\"Z\"", name);
            case "INTERVALYM", "INTERVALDS", "INTERVAL YEAR TO MONTH", "INTERVAL DAY TO SECOND" ->
                "TO_CHAR(" + name + ") AS " + name;
            case "JSON" -> "JSON_SERIALIZE(" + name + " RETURNING CLOB) AS " + name;
            case "XMLTYPE", "SYS.XMLTYPE" -> "XMLSERIALIZE(CONTENT " + name + " AS CLOB) AS " + name;
            default -> name;
        };
    }

    private static String time(String value, String format, String name) {
        return "LTRIM(TO_CHAR(" + value + ", '" + format + "')) AS " + name;
    }

    private static Form form(SourceColumn column) {
        return switch (type(column)) {
            case "NUMBER", "FLOAT" -> Form.DECIMAL;
            case "BINARY_FLOAT", "BINARY_DOUBLE" -> Form.DOUBLE;
            case "BOOLEAN" -> Form.TRUTH;
            case "RAW", "LONG RAW", "BLOB" -> Form.BYTES;
            case "JSON" -> Form.JSON;
            case "CHAR",
                    "NCHAR",
                    "VARCHAR2",
                    "NVARCHAR2",
                    "CLOB",
                    "NCLOB",
                    "LONG",
                    "ROWID",
                    "UROWID",
                    "XMLTYPE",
                    "SYS.XMLTYPE",
                    "DATE",
                    "TIMESTAMP",
                    "TIMESTAMP WITH TIME ZONE",
                    "TIMESTAMP WITH LOCAL TIME ZONE",
                    "INTERVALYM",
                    "INTERVALDS",
                    "INTERVAL YEAR TO MONTH",
                    "INTERVAL DAY TO SECOND" -> Form.TEXT;
            default ->
                throw new MillraceException(
                        ErrorCode.SOURCE_REFUSED,
                        "column " + column.name() + " is of type " + column.type()
                                + ", which can't be read (expected: columns without it, or a query that makes a text of it)");
        };
    }

    @Override
    public @Nullable CursorKind cursorKind(SourceColumn column) {
        return switch (type(column)) {
            case "NUMBER" -> CursorKind.NUMBER;
            case "DATE", "TIMESTAMP" -> CursorKind.LOCAL_TIME;
            case "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH LOCAL TIME ZONE" -> CursorKind.INSTANT;
            default -> null;
        };
    }

    @Override
    public String cursorValue(SourceColumn column, String text) {
        return switch (type(column)) {
            case "DATE" -> "CAST(TO_TIMESTAMP('" + text + "', '" + FINE_TIME + "') AS DATE)";
            case "TIMESTAMP" -> "TO_TIMESTAMP('" + text + "', '" + FINE_TIME + "')";
            case "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH LOCAL TIME ZONE" ->
                "TO_TIMESTAMP_TZ('" + text + "', '" + FINE_TIME + " TZH:TZM')";
            default -> text;
        };
    }

    @Override
    public String earlier(SourceColumn column, String value, Duration by) {
        String seconds = by.toSeconds() + String.format(Locale.ROOT, ".%09d", by.toNanosPart());
        String earlier = value + " - NUMTODSINTERVAL(" + seconds + ", 'SECOND')";
        return type(column).equals("DATE") ? "CAST(" + earlier + " AS DATE)" : earlier;
    }

    /** In the formats of the session. */
    @Override
    public String text(String value) {
        return "LTRIM(TO_CHAR(" + value + "))";
    }

    @Override
    public LocalDateTime now(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet now = statement.executeQuery(
                        "SELECT TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD\"T\"HH24:MI:SS.FF6') FROM DUAL")) {
            now.next();
            return LocalDateTime.parse(now.getString(1));
        }
    }

    /** Its errors, https://docs.oracle.com/en/error-help/db/ */
    @Override
    public @Nullable ErrorCode code(SQLException failure) {
        return switch (failure.getErrorCode()) {
            case 1017, 1045, 28000, 28001, 28009 -> ErrorCode.SOURCE_UNAUTHORIZED;
            // what was to be read is overwritten or truncated; a server that begins or ends; a connection that is lost
            case 1555,
                    8103,
                    1466,
                    1033,
                    1034,
                    1089,
                    1090,
                    12528,
                    18,
                    20,
                    60,
                    1013,
                    3113,
                    3114,
                    3135,
                    12170,
                    17002,
                    17008,
                    17410 -> ErrorCode.SOURCE_UNAVAILABLE;
            default -> null;
        };
    }
}
