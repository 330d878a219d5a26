package dev.millrace.extractor.workbook;

import dev.millrace.extractor.record.MalformedSource;
import java.io.IOException;
import java.util.List;

/** An open workbook, of which one sheet after the other can be read, each as often as is wanted. For one thread. */
public interface Workbook extends AutoCloseable {
    /** That a sheet of Excel has at most, of .xlsx and .xls each. */
    int MOST_COLUMNS = 16_384;

    /** Characters of a cell that are read; Excel's own limit is 32,767. */
    int MOST_CHARACTERS = 1_000_000;

    /** Those with cells, in the order of the workbook; sheets of charts are none. */
    List<Sheet> sheets();

    /** From its first row. One is open at a time. */
    Rows rows(Sheet sheet) throws IOException, MalformedSource;

    /** The cells that are merged, in the order of the file. */
    List<Merge> merges(Sheet sheet) throws IOException, MalformedSource;

    @Override
    void close() throws IOException;

    /**
     * A sheet.
     *
     * @param hidden whether Excel doesn't show it
     * @param place in the file, as the workbook knows it
     */
    record Sheet(String name, boolean hidden, String place) {}

    /** Merged cells; rows are counted from 1, columns from 0, both ends are among them. */
    record Merge(int firstRow, int lastRow, int firstColumn, int lastColumn) {}

    /** The rows of a sheet that have cells, from the top. */
    interface Rows extends AutoCloseable {
        /**
         * Goes to the next row.
         *
         * @return false when there is none, and the sheet was read to its end and is whole
         */
        boolean next(SheetRow row) throws IOException, MalformedSource;

        @Override
        void close() throws IOException;
    }
}
