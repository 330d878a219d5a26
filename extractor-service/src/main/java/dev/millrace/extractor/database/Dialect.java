package dev.millrace.extractor.database;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/** What is particular about one product. Stateless, for use by several threads. */
sealed interface Dialect permits Postgres, MariaDb, SqlServer, Oracle {
    /** The driver's name and where it is to be had, for whoever has to add it. */
    String driver();

    /** Of the server and database of a login, whose names have no question mark. */
    String url(Login login, Tls.Mode tls);

    /**
     * The driver's settings; nothing of the pipeline file gets into them but by the login and TLS.
     *
     * @param files null exactly when nothing is encrypted
     */
    Properties properties(Login login, Tls.Mode tls, @Nullable TlsFiles files);

    /** An identifier of the database as SQL has it. */
    String quoted(String name);

    /**
     * Opens a transaction that can't write and sees one state of the database, in UTC.
     *
     * @param rows what is going to be read in it; null: none, but what the server says of its tables
     * @param snapshot of {@link #ranges}, the state to see; null: the present one
     * @return what state that is, for the run's log
     */
    String begin(Connection connection, @Nullable ReadRows rows, @Nullable String snapshot) throws SQLException;

    /** The same where the file does without one state: what is there of it is taken. */
    default String beginWithoutState(Connection connection, ReadRows rows) throws SQLException {
        return begin(connection, rows, null);
    }

    /** What stands in SQL behind a list of values that are of no table. */
    default String oneRow() {
        return "";
    }

    /**
     * Parts of a table that can be read side by side.
     *
     * @param snapshot that others can begin with while the transaction is open in which it was made
     * @param conditions SQL of each part: every row of the table meets exactly one of them
     */
    record Ranges(String snapshot, List<String> conditions) {
        public Ranges {
            conditions = List.copyOf(conditions);
        }
    }

    /**
     * Divides a table among readers. Empty when it is small or of a kind that can't be divided.
     *
     * @throws MillraceException when the product has no snapshots that others could begin with
     */
    Optional<Ranges> ranges(Connection connection, ReadRows rows, int readers) throws SQLException;

    /** The type of a column of the warehouse that takes the values of this one, which is no array. */
    Column.Type column(SourceColumn column);

    /**
     * SQL whose rows are the tables and views that are not the server's own: the schema, or NULL for that in which names
     * without one are looked for; the name; and 1 for a view, else 0.
     */
    String tables();

    /**
     * The columns of a primary key as {@link java.sql.DatabaseMetaData#getPrimaryKeys} lists them.
     *
     * @param schema null: that in which names without one are looked for
     */
    ResultSet keys(Connection connection, @Nullable String schema, String table) throws SQLException;

    /** A query that is sent with the first {@link #next}; closed on the thread that reads, and cancelled from any. */
    interface Rows extends AutoCloseable {
        /** Makes a record of the next row; false when there is none, and then they are known to have come all. */
        boolean next(RecordBytes record) throws SQLException;

        /** Ends the query at the server, whose error then comes out of {@link #next}; nothing where none is on its way. */
        void cancel() throws SQLException;

        @Override
        void close() throws SQLException;
    }

    /**
     * What reads them, with no more than a few rows in memory at any time.
     *
     * @param rows what is read
     * @param columns those that are wanted
     * @param condition of {@link #ranges} or a cursor, SQL; null: all rows
     */
    Rows rows(Connection connection, ReadRows rows, List<SourceColumn> columns, @Nullable String condition)
            throws SQLException;

    /** What a column counts in that is to be a cursor; null: its values have no order to rely on. */
    @Nullable
    CursorKind cursorKind(SourceColumn column);

    /**
     * A value of a cursor's column as SQL of such a type that an index on it is used.
     *
     * @param text one that {@link CursorKind#mayBe}
     */
    String cursorValue(SourceColumn column, String text);

    /** The value that is so much earlier, as SQL. */
    String earlier(SourceColumn column, String value, Duration by);

    /** SQL of a value's text, with all of its digits. */
    String text(String value);

    /** The server's clock, in UTC. */
    LocalDateTime now(Connection connection) throws SQLException;

    /** What kind of failure it is that the server or its driver tells of; null: one that the SQLSTATE says. */
    @Nullable
    ErrorCode code(SQLException failure);
}
