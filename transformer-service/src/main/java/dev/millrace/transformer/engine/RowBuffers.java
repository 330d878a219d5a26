package dev.millrace.transformer.engine;

import dev.millrace.transformer.value.ColumnBuffer;
import dev.millrace.transformer.value.ColumnReader;
import java.util.BitSet;
import java.util.List;

/** Rows by their columns, as they are made. Derived columns come last, when all others have their rows. For one thread. */
public final class RowBuffers {
    private final List<ColumnBuffer> columns;
    private int size;

    private RowBuffers(List<ColumnBuffer> columns) {
        this.columns = columns;
    }

    public static RowBuffers of(List<ColumnReader> columns) {
        return new RowBuffers(
                columns.stream().map(column -> column.parser().buffer()).toList());
    }

    public ColumnBuffer column(int position) {
        return columns.get(position);
    }

    public List<ColumnBuffer> columns() {
        return columns;
    }

    public int size() {
        return size;
    }

    /** All columns that aren't derived have got the next row. */
    public void added() {
        size++;
    }

    /** Forgets the rows from this one on, and what some columns have of a row that isn't whole. */
    public void truncate(int rows) {
        for (int i = 0; i < columns.size(); i++) {
            columns.get(i).truncate(rows);
        }
        size = Math.min(size, rows);
    }

    /** Forgets all rows but these, in the columns that have all of them; others have only these already. */
    public void keep(BitSet rows) {
        int kept = rows.cardinality();
        if (kept < size) {
            for (ColumnBuffer column : columns) {
                if (column.size() == size) {
                    column.keep(rows);
                }
            }
            size = kept;
        }
    }

    /** Forgets all rows. */
    public void clear() {
        columns.forEach(ColumnBuffer::clear);
        size = 0;
    }

    /** Some of the rows alone. */
    public RowBuffers copy(List<Integer> rows) {
        RowBuffers copy =
                new RowBuffers(columns.stream().map(ColumnBuffer::another).toList());
        for (int i = 0; i < columns.size(); i++) {
            for (int row : rows) {
                if (row < columns.get(i).size()) {
                    copy.columns.get(i).append(columns.get(i).value(row));
                }
            }
        }
        copy.size = rows.size();
        return copy;
    }

    /**
     * The rows as an engine takes them.
     *
     * @param positions of the columns that it is to get
     */
    public RowBatch batch(List<Integer> positions, NativeMemory memory) {
        return RowBatch.of(positions.stream().map(columns::get).toList(), size, memory);
    }
}
