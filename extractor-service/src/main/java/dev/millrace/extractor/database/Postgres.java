package dev.millrace.extractor.database;

import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * PostgreSQL. Rows are read by COPY, which sends the server's own text of each value, one row after the other, without a
 * portal and its fetch size: so the most that is in memory is one row, however unequal they are.
 */
final class Postgres implements Dialect {
    @Override
    public String driver() {
        return "org.postgresql:postgresql";
    }

    @Override
    public String url(Login login) {
        return "jdbc:postgresql://" + login.address() + "/";
    }

    @Override
    public Properties properties(Login login, Tls.Mode tls, @Nullable TlsFiles files) {
        Properties properties = new Properties();
        properties.setProperty("PGDBNAME", login.database());
        properties.setProperty("user", login.user());
        if (login.password() != null) {
            properties.setProperty("password", login.password());
        }
        String seconds = String.valueOf(login.timeoutSeconds());
        properties.setProperty("connectTimeout", seconds);
        properties.setProperty("loginTimeout", seconds);
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("ApplicationName", "millrace");
        properties.setProperty("gssEncMode", "disable");
        properties.setProperty("prepareThreshold", "0");
        properties.setProperty("sslmode", tls.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        if (files != null) {
            properties.setProperty("sslrootcert", files.authorities().toString());
            if (files.client() != null) {
                properties.setProperty("sslkey", files.client().toString());
                properties.setProperty("sslpassword", files.password());
            }
        }
        return properties;
    }

    @Override
    public String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** All settings are those of the transaction, so that a pool before the server hands none of them to others. */
    @Override
    public String begin(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
            statement.execute("SET LOCAL TIME ZONE 'UTC'");
            statement.execute("SET LOCAL datestyle TO 'ISO, YMD'");
            statement.execute("SET LOCAL intervalstyle TO 'iso_8601'");
            statement.execute("SET LOCAL bytea_output TO 'hex'");
            try (ResultSet version = statement.executeQuery("SHOW server_version")) {
                return "PostgreSQL " + (version.next() ? version.getString(1) : "")
                        + ", one REPEATABLE READ snapshot, read only";
            }
        }
    }

    @Override
    public List<SourceColumn> columns(Connection connection, String from) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT * FROM " + from)) {
            ResultSetMetaData columns = statement.getMetaData();
            List<SourceColumn> found = new ArrayList<>();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                found.add(new SourceColumn(
                        columns.getColumnLabel(i),
                        columns.getColumnTypeName(i),
                        columns.getColumnType(i) == Types.ARRAY));
            }
            return found;
        }
    }

    @Override
    public Rows rows(Connection connection, ReadRows rows, List<SourceColumn> columns) {
        String select = columns.stream().map(this::selected).collect(Collectors.joining(", "));
        return new CopiedRows(connection, "COPY (SELECT " + select + " FROM " + rows.from() + ") TO STDOUT", columns);
    }

    /** The text of a money depends on the server's locale, and doesn't say by how much it has been divided. */
    private String selected(SourceColumn column) {
        String name = quoted(column.name());
        return switch (column.type()) {
            case "money" -> "CAST(" + name + " AS numeric)";
            case "_money" -> "CAST(" + name + " AS numeric[])";
            default -> name;
        };
    }

    private static final class CopiedRows implements Rows {
        private final Connection connection;
        private final String sql;
        private final CopiedRow row;
        private @Nullable CopyOut copy;
        private long count;

        CopiedRows(Connection connection, String sql, List<SourceColumn> columns) {
            this.connection = connection;
            this.sql = sql;
            this.row = new CopiedRow(columns.stream()
                    .map(column -> PostgresForm.of(column.type(), column.array()))
                    .toList());
        }

        @Override
        public boolean next(RecordBytes record) throws SQLException {
            if (copy == null) {
                copy = connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql);
            }
            byte[] bytes = copy.readFromCopy();
            if (bytes != null) {
                count++;
                row.read(bytes, record);
                return true;
            }
            if (copy.getHandledRowCount() != count) {
                throw new MillraceException(
                        ErrorCode.SOURCE_INCONSISTENT,
                        count + " rows came, and the database says that it sent " + copy.getHandledRowCount());
            }
            return false;
        }

        @Override
        public void cancel() throws SQLException {
            connection.unwrap(PGConnection.class).cancelQuery();
        }

        /** What is still to come is read to nobody; the connection is closed next. */
        @Override
        public void close() throws SQLException {
            if (copy != null && copy.isActive()) {
                cancel();
            }
        }
    }

    @Override
    public @Nullable ErrorCode code(SQLException failure) {
        return null;
    }
}
