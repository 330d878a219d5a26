package dev.millrace.extractor.database;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
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
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * MariaDB and MySQL, by MariaDB's driver. Rows come in the text protocol, in which the values are the server's own text,
 * and are taken off the connection a few at a time.
 */
final class MariaDb implements Dialect {
    /** They come from the socket in any case, so more would only cost memory. */
    private static final int ROWS_IN_MEMORY = 8;

    /** How long the server waits for us while staging is slow; its own default is a minute. */
    private static final int WRITE_TIMEOUT_SECONDS = 3600;

    @Override
    public String driver() {
        return "org.mariadb.jdbc:mariadb-java-client";
    }

    @Override
    public String url(Login login, Tls.Mode tls) {
        return "jdbc:mariadb://" + login.address() + "/" + login.database();
    }

    @Override
    public Properties properties(Login login, Tls.Mode tls, @Nullable TlsFiles files) {
        Properties properties = new Properties();
        properties.setProperty("user", login.user());
        if (login.password() != null) {
            properties.setProperty("password", login.password());
        }
        properties.setProperty("connectTimeout", String.valueOf(login.timeoutSeconds() * 1000));
        properties.setProperty("tcpKeepAlive", "true");
        // the server then says what columns there are before anything runs; rows are read by plain statements
        properties.setProperty("useServerPrepStmts", "true");
        properties.setProperty("tinyInt1isBit", "false");
        properties.setProperty("yearIsDateType", "false");
        properties.setProperty("allowMultiQueries", "false");
        properties.setProperty("allowLocalInfile", "false");
        properties.setProperty(
                "sslMode",
                switch (tls) {
                    case DISABLE -> "disable";
                    case REQUIRE -> "trust";
                    case VERIFY_CA -> "verify-ca";
                    case VERIFY_FULL -> "verify-full";
                });
        if (files != null) {
            if (tls != Tls.Mode.REQUIRE) {
                properties.setProperty("serverSslCert", files.authorities().toString());
            }
            if (files.client() != null) {
                properties.setProperty("keyStore", files.client().toString());
                properties.setProperty("keyStorePassword", files.password());
                properties.setProperty("keyStoreType", "PKCS12");
            }
        }
        return properties;
    }

    @Override
    public String quoted(String name) {
        return '`' + name.replace("`", "``") + '`';
    }

    @Override
    public String begin(Connection connection, @Nullable ReadRows rows, @Nullable String snapshot) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION time_zone = '+00:00'");
            statement.execute("SET SESSION net_write_timeout = " + WRITE_TIMEOUT_SECONDS);
            statement.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            statement.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
        }
        return connection.getMetaData().getDatabaseProductName() + " "
                + connection.getMetaData().getDatabaseProductVersion()
                + ", one REPEATABLE READ snapshot, read only";
    }

    @Override
    public Optional<Ranges> ranges(Connection connection, ReadRows rows, int readers) {
        throw new MillraceException(
                ErrorCode.SOURCE_REFUSED,
                "parallel is " + readers
                        + " (expected: 1, since MariaDB and MySQL have no snapshot that several readers"
                        + " could share)");
    }

    @Override
    public Column.Type column(SourceColumn column) {
        boolean unsigned = column.type().toUpperCase(Locale.ROOT).contains("UNSIGNED");
        return switch (type(column)) {
            case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INTEGER", "YEAR" -> Column.Type.INTEGER;
            case "BIGINT" -> unsigned ? Column.Type.NUMERIC : Column.Type.INTEGER;
            case "BIT" -> column.precision() < 64 ? Column.Type.INTEGER : Column.Type.NUMERIC;
            case "DECIMAL" -> ServerSchema.decimal(column.precision(), column.scale());
            case "FLOAT", "DOUBLE" -> Column.Type.FLOAT;
            case "DATE" -> Column.Type.DATE;
            case "TIME" -> Column.Type.TIME;
            case "DATETIME" -> Column.Type.DATETIME;
            case "TIMESTAMP" -> Column.Type.TIMESTAMP;
            default ->
                switch (form(column)) {
                    case BYTES -> Column.Type.BYTES;
                    case JSON -> Column.Type.JSON;
                    case NUMBER, BITS, TEXT -> Column.Type.STRING;
                };
        };
    }

    @Override
    public String tables() {
        return "SELECT NULL, table_name, CASE WHEN table_type = 'VIEW' THEN 1 ELSE 0 END"
                + " FROM information_schema.tables WHERE table_schema = DATABASE()"
                + " AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')";
    }

    @Override
    public ResultSet keys(Connection connection, @Nullable String schema, String table) throws SQLException {
        return connection.getMetaData().getPrimaryKeys(schema == null ? connection.getCatalog() : schema, null, table);
    }

    @Override
    public Rows rows(Connection connection, ReadRows rows, List<SourceColumn> columns, @Nullable String condition)
            throws SQLException {
        // a query is left as it is where it can be: around it, its order would be lost
        boolean asItIs =
                rows.query() != null && condition == null && columns.stream().noneMatch(MariaDb::isFloat);
        String select = columns.stream().map(this::selected).collect(Collectors.joining(", "));
        String where = condition == null ? "" : " WHERE " + condition;
        String sql = asItIs ? String.valueOf(rows.query()) : "SELECT " + select + " FROM " + rows.from() + where;
        return new StreamedRows(connection.createStatement(), sql, columns);
    }

    /** The text of a FLOAT has six digits, that of the DOUBLE that is equal to it as many as it needs. */
    private String selected(SourceColumn column) {
        String name = quoted(column.name());
        return isFloat(column) ? name + " + 0e0 AS " + name : name;
    }

    private static boolean isFloat(SourceColumn column) {
        return type(column).equals("FLOAT");
    }

    /** Without UNSIGNED and what else stands behind it. */
    private static String type(SourceColumn column) {
        String type = column.type().toUpperCase(Locale.ROOT);
        int end = type.indexOf(' ');
        return end < 0 ? type : type.substring(0, end);
    }

    private enum Form {
        NUMBER,
        BITS,
        BYTES,
        JSON,
        TEXT
    }

    private static Form form(SourceColumn column) {
        return switch (type(column)) {
            case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INTEGER", "BIGINT", "DECIMAL", "FLOAT", "DOUBLE", "YEAR" ->
                Form.NUMBER;
            case "BIT" -> Form.BITS;
            case "BINARY",
                    "VARBINARY",
                    "TINYBLOB",
                    "BLOB",
                    "MEDIUMBLOB",
                    "LONGBLOB",
                    "GEOMETRY",
                    "POINT",
                    "LINESTRING",
                    "POLYGON",
                    "MULTIPOINT",
                    "MULTILINESTRING",
                    "MULTIPOLYGON",
                    "GEOMETRYCOLLECTION" -> Form.BYTES;
            case "JSON" -> Form.JSON;
            default -> Form.TEXT;
        };
    }

    private static final class StreamedRows implements Rows {
        private final Statement statement;
        private final String sql;
        private final List<Form> forms;
        private @Nullable ResultSet sent;

        StreamedRows(Statement statement, String sql, List<SourceColumn> columns) {
            this.statement = statement;
            this.sql = sql;
            this.forms = columns.stream().map(MariaDb::form).toList();
        }

        @Override
        public boolean next(RecordBytes record) throws SQLException {
            ResultSet rows = sent;
            if (rows == null) {
                statement.setFetchSize(ROWS_IN_MEMORY);
                rows = statement.executeQuery(sql);
                sent = rows;
            }
            if (!rows.next()) {
                return false;
            }
            for (int i = 0; i < forms.size(); i++) {
                record.field(i);
                write(rows, forms.get(i), i + 1, record);
            }
            record.end();
            return true;
        }

        private static void write(ResultSet rows, Form form, int column, RecordBytes record) throws SQLException {
            switch (form) {
                case BITS, BYTES -> {
                    byte[] bytes = rows.getBytes(column);
                    if (bytes == null) {
                        record.nothing();
                    } else if (form == Form.BITS) {
                        byte[] number = new BigInteger(1, bytes).toString().getBytes(StandardCharsets.US_ASCII);
                        record.number(number, 0, number.length);
                    } else {
                        record.base64(bytes);
                    }
                }
                case NUMBER, JSON, TEXT -> {
                    String text = rows.getString(column);
                    if (text == null) {
                        record.nothing();
                        return;
                    }
                    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                    switch (form) {
                        case NUMBER -> record.number(bytes, 0, bytes.length);
                        case JSON -> record.json(bytes, 0, bytes.length);
                        case TEXT, BITS, BYTES -> record.text(bytes, 0, bytes.length);
                    }
                }
            }
        }

        @Override
        public void cancel() throws SQLException {
            statement.cancel();
        }

        @Override
        public void close() throws SQLException {
            statement.close();
        }
    }

    @Override
    public @Nullable CursorKind cursorKind(SourceColumn column) {
        return switch (type(column)) {
            case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INTEGER", "BIGINT", "DECIMAL" -> CursorKind.NUMBER;
            case "DATE" -> CursorKind.DATE;
            case "DATETIME" -> CursorKind.LOCAL_TIME;
            case "TIMESTAMP" -> CursorKind.INSTANT;
            default -> null;
        };
    }

    /** The session is in UTC, in which a TIMESTAMP is compared with a date and time. */
    @Override
    public String cursorValue(SourceColumn column, String text) {
        return switch (type(column)) {
            case "DATE" -> "DATE'" + text + "'";
            case "DATETIME", "TIMESTAMP" -> "TIMESTAMP'" + text + "'";
            default -> text;
        };
    }

    @Override
    public String earlier(SourceColumn column, String value, Duration by) {
        String earlier = value + " - INTERVAL " + TimeUnit.NANOSECONDS.toMicros(by.toNanos()) + " MICROSECOND";
        return type(column).equals("DATE") ? "CAST(" + earlier + " AS DATE)" : earlier;
    }

    @Override
    public String text(String value) {
        return "CAST(" + value + " AS CHAR)";
    }

    @Override
    public LocalDateTime now(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet now =
                        statement.executeQuery("SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%f')")) {
            now.next();
            return LocalDateTime.parse(now.getString(1));
        }
    }

    /** Its errors, of which some share a SQLSTATE, https://mariadb.com/kb/en/mariadb-error-code-reference/ */
    @Override
    public @Nullable ErrorCode code(SQLException failure) {
        return switch (failure.getErrorCode()) {
            case 1044, 1045, 1698 -> ErrorCode.SOURCE_UNAUTHORIZED;
            // 1412: the table was altered or truncated after the snapshot
            case 1040, 1053, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1226, 1317, 1412, 1927, 1969, 3024 ->
                ErrorCode.SOURCE_UNAVAILABLE;
            default -> null;
        };
    }
}
