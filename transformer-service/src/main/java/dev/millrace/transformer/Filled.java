package dev.millrace.transformer;

import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What became of a slice: its rows are in a table of their own, or they are here when they are few. For one thread at a
 * time.
 */
final class Filled implements AutoCloseable {
    /** A table takes milliseconds to be made and to be read, for however few rows. */
    private static final long MIN_TABLE = 512 * 1024;

    private final Engine engine;
    private final String name;
    private final List<Reject> rejects = new ArrayList<>();
    private final Changes changes = new Changes();
    private List<Object[]> rows = new ArrayList<>();
    private long rowCount;
    private long rowBytes;
    private long filtered;
    private long filteredRows;
    private Engine.@Nullable Table table;

    /** @param name of the table, if there is one */
    Filled(Engine engine, String name) {
        this.engine = engine;
        this.name = name;
    }

    /** Takes what became of the records that follow. */
    void add(Shaped shaped) throws SQLException {
        rejects.addAll(shaped.rejects());
        changes.add(shaped.changes());
        filtered += shaped.filtered();
        filteredRows += shaped.filteredRows();
        rowCount += shaped.rows().size();
        rowBytes += shaped.rowBytes();
        Engine.Table open = table;
        if (open != null) {
            open.add(shaped.rows(), shaped.rowBytes());
            return;
        }
        rows.addAll(shaped.rows());
        if (rowBytes >= MIN_TABLE) {
            open = engine.create(name);
            table = open;
            open.add(rows, rowBytes);
            rows = List.of();
        }
    }

    /** Closed, or null when the rows are here. */
    Engine.@Nullable Table table() {
        return table;
    }

    /** None when there is a table. */
    List<Object[]> rows() {
        return rows;
    }

    /** In the table, or here. */
    long rowCount() {
        return rowCount;
    }

    /** Bytes of the rows as if each had a line of its own. */
    long rowBytes() {
        return rowBytes;
    }

    List<Reject> rejects() {
        return rejects;
    }

    Changes changes() {
        return changes;
    }

    /** Records that were left out as the pipeline asked. */
    long filtered() {
        return filtered;
    }

    /** Rows that were left out of records of which others stay. */
    long filteredRows() {
        return filteredRows;
    }

    /** Ends the table, which can be written then. */
    @Override
    public void close() throws SQLException {
        if (table != null) {
            table.close();
        }
    }
}
