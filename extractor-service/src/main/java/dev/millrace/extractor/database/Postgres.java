package dev.millrace.extractor.database;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * PostgreSQL. Rows are read by COPY, which sends the server's own text of each value, one row after the other, without a
 * portal and its fetch size: so the most that is in memory is one row, however unequal they are.
 */
final class Postgres implements Dialect {
    /** Of the server; before, each range would read the whole table. */
    private static final int FIRST_WITH_RANGES = 140_000;

    /** Of a range; less isn't worth a connection. */
    private static final int LEAST_BLOCKS = 64;

    @Override
    public String driver() {
        return "org.postgresql:postgresql";
    }

    @Override
    public String url(Login login, Tls.Mode tls) {
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

    /**
     * All settings are those of the transaction, so that a pool before the server hands none of them to others. A table
     * is locked against TRUNCATE and ALTER before there is a snapshot: one that is older than a TRUNCATE would find no
     * rows, neither those before nor those after it.
     */
    @Override
    public String begin(Connection connection, @Nullable ReadRows rows, @Nullable String snapshot) throws SQLException {
        boolean locks = rows != null && rows.query() == null && lockable(connection, rows);
        try (Statement statement = connection.createStatement()) {
            statement.execute("START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
            if (snapshot != null) {
                statement.execute("SET TRANSACTION SNAPSHOT '" + snapshot.replace("'", "''") + "'");
            }
            statement.execute("SET LOCAL TIME ZONE 'UTC'");
            statement.execute("SET LOCAL datestyle TO 'ISO, YMD'");
            statement.execute("SET LOCAL intervalstyle TO 'iso_8601'");
            statement.execute("SET LOCAL bytea_output TO 'hex'");
            if (rows != null && locks) {
                statement.execute("LOCK TABLE " + rows.from() + " IN ACCESS SHARE MODE");
            }
            try (ResultSet version = statement.executeQuery("SHOW server_version")) {
                return "PostgreSQL " + (version.next() ? version.getString(1) : "")
                        + ", one REPEATABLE READ snapshot, read only";
            }
        }
    }

    /** Whoever may read some columns only may not lock the table. */
    private static boolean lockable(Connection connection, ReadRows rows) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass(?) AND relkind IN ('r', 'p')"
                        + " AND has_table_privilege(oid, 'SELECT')")) {
            statement.setString(1, rows.from());
            try (ResultSet found = statement.executeQuery()) {
                return found.next();
            }
        }
    }

    /** By the places of the rows in the table's file, of which the last range takes all that follow. */
    @Override
    public Optional<Ranges> ranges(Connection connection, ReadRows rows, int readers) throws SQLException {
        long blocks = 0;
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT pg_relation_size(oid) / current_setting('block_size')::bigint FROM pg_catalog.pg_class"
                        + " WHERE oid = to_regclass(?) AND relkind IN ('r', 'm')"
                        + " AND current_setting('server_version_num')::int >= " + FIRST_WITH_RANGES)) {
            statement.setString(1, rows.from());
            try (ResultSet found = statement.executeQuery()) {
                blocks = found.next() ? found.getLong(1) : 0;
            }
        }
        if (blocks < (long) readers * LEAST_BLOCKS) {
            return Optional.empty();
        }
        List<String> conditions = new ArrayList<>();
        for (int i = 0; i < readers; i++) {
            String from = "ctid >= '(" + blocks * i / readers + ",0)'";
            String until = "ctid < '(" + blocks * (i + 1) / readers + ",0)'";
            conditions.add(i == 0 ? until : i == readers - 1 ? from : from + " AND " + until);
        }
        try (Statement statement = connection.createStatement();
                ResultSet exported = statement.executeQuery("SELECT pg_export_snapshot()")) {
            if (!exported.next()) {
                throw new IllegalStateException("no snapshot");
            }
            return Optional.of(new Ranges(exported.getString(1), conditions));
        }
    }

    @Override
    public Column.Type column(SourceColumn column) {
        return switch (column.type()) {
            case "int2", "int4", "int8", "smallserial", "serial", "bigserial", "oid" -> Column.Type.INTEGER;
            case "numeric" -> ServerSchema.decimal(column.precision(), column.scale());
            case "money" -> Column.Type.NUMERIC;
            case "float4", "float8" -> Column.Type.FLOAT;
            case "bool" -> Column.Type.BOOLEAN;
            case "bytea" -> Column.Type.BYTES;
            case "date" -> Column.Type.DATE;
            case "time" -> Column.Type.TIME;
            case "timestamp" -> Column.Type.DATETIME;
            case "timestamptz" -> Column.Type.TIMESTAMP;
            case "interval" -> Column.Type.INTERVAL;
            case "json", "jsonb" -> Column.Type.JSON;
            default -> Column.Type.STRING;
        };
    }

    /** Those that the user may read some of. Partitions are read with the table that they are of. */
    @Override
    public String tables() {
        return "SELECT nullif(n.nspname, current_schema()), c.relname, (c.relkind IN ('v', 'm'))::int"
                + " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition"
                + " AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
                + " AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')";
    }

    @Override
    public ResultSet keys(Connection connection, @Nullable String schema, String table) throws SQLException {
        return connection.getMetaData().getPrimaryKeys(null, schema == null ? connection.getSchema() : schema, table);
    }

    @Override
    public Rows rows(Connection connection, ReadRows rows, List<SourceColumn> columns, @Nullable String condition) {
        String select = columns.stream().map(this::selected).collect(Collectors.joining(", "));
        String where = condition == null ? "" : " WHERE " + condition;
        return new CopiedRows(
                connection, "COPY (SELECT " + select + " FROM " + rows.from() + where + ") TO STDOUT", columns);
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

    /** A column of a sequence is called by the driver as who declares it does. */
    @Override
    public @Nullable CursorKind cursorKind(SourceColumn column) {
        return column.array()
                ? null
                : switch (column.type()) {
                    case "int2", "int4", "int8", "smallserial", "serial", "bigserial", "numeric" -> CursorKind.NUMBER;
                    case "date" -> CursorKind.DATE;
                    case "timestamp" -> CursorKind.LOCAL_TIME;
                    case "timestamptz" -> CursorKind.INSTANT;
                    default -> null;
                };
    }

    @Override
    public String cursorValue(SourceColumn column, String text) {
        String type = switch (column.type()) {
            case "int2", "int4", "int8", "smallserial", "serial", "bigserial" -> "bigint"; // of one operator family
            default -> column.type();
        };
        return "CAST('" + text + "' AS " + type + ")";
    }

    @Override
    public String earlier(SourceColumn column, String value, Duration by) {
        return "CAST(" + value + " - INTERVAL '" + TimeUnit.NANOSECONDS.toMicros(by.toNanos()) + " microseconds' AS "
                + column.type() + ")";
    }

    @Override
    public String text(String value) {
        return "CAST(" + value + " AS text)";
    }

    @Override
    public LocalDateTime now(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet now = statement.executeQuery(
                        "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')")) {
            now.next();
            return LocalDateTime.parse(now.getString(1));
        }
    }

    @Override
    public @Nullable ErrorCode code(SQLException failure) {
        return null;
    }
}
