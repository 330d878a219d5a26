package dev.millrace.extractor.database;

import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * Rows that a driver fetches some at a time. How many is set anew while they come, so that what is in memory stays about the same
 * however wide they are: it lies between a few and some thousands.
 */
final class FetchedRows implements Dialect.Rows {
    private static final int FIRST_FETCH = 64;
    private static final int LEAST_FETCH = 8;
    private static final int MOST_FETCH = 4096;
    private static final int FETCH_BYTES = 1024 * 1024;

    private final Statement statement;
    private final String sql;
    private final List<Form> forms;
    private @Nullable ResultSet sent;
    private int fetch = FIRST_FETCH;
    private int rowsOfFetch;
    private long bytesOfFetch;

    /** How a value is taken from the driver. */
    enum Form {
        /** The text of a number, as the server has written it. */
        NUMBER,
        /** A decimal number, which the driver holds with all of its digits. */
        DECIMAL,
        /** A binary one, written with as many digits as it takes to be the same. */
        DOUBLE,
        TRUTH,
        BYTES,
        JSON,
        TEXT
    }

    /** @param forms of the columns that are selected */
    FetchedRows(Statement statement, String sql, List<Form> forms) {
        this.statement = statement;
        this.sql = sql;
        this.forms = List.copyOf(forms);
    }

    @Override
    public boolean next(RecordBytes record) throws SQLException {
        ResultSet rows = sent;
        if (rows == null) {
            statement.setFetchSize(fetch);
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
        adapt(rows, record.size());
        return true;
    }

    private void adapt(ResultSet rows, int size) throws SQLException {
        rowsOfFetch++;
        bytesOfFetch += size;
        if (rowsOfFetch == fetch) {
            int fitting = Math.clamp(FETCH_BYTES * (long) rowsOfFetch / bytesOfFetch, LEAST_FETCH, MOST_FETCH);
            if (fitting != fetch) {
                fetch = fitting;
                rows.setFetchSize(fetch);
            }
            rowsOfFetch = 0;
            bytesOfFetch = 0;
        }
    }

    private static void write(ResultSet rows, Form form, int column, RecordBytes record) throws SQLException {
        switch (form) {
            case BYTES -> {
                byte[] bytes = rows.getBytes(column);
                if (bytes == null) {
                    record.nothing();
                } else {
                    record.base64(bytes);
                }
            }
            case DECIMAL -> {
                BigDecimal number = rows.getBigDecimal(column);
                writeText(number == null ? null : number.toPlainString(), form, record);
            }
            case DOUBLE -> {
                double number = rows.getDouble(column);
                writeText(rows.wasNull() ? null : Double.toString(number), form, record);
            }
            case TRUTH -> {
                boolean truth = rows.getBoolean(column);
                if (rows.wasNull()) {
                    record.nothing();
                } else {
                    record.truth(truth);
                }
            }
            case NUMBER, JSON, TEXT -> writeText(rows.getString(column), form, record);
        }
    }

    private static void writeText(@Nullable String text, Form form, RecordBytes record) {
        if (text == null) {
            record.nothing();
        } else if (form == Form.TEXT) {
            record.text(text);
        } else {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            if (form == Form.JSON) {
                record.json(bytes, 0, bytes.length);
            } else {
                record.number(bytes, 0, bytes.length);
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
