package dev.millrace.extractor.record;

import io.micronaut.core.annotation.Nullable;
import java.util.Map;

/**
 * The receiver of what a reader finds, in the order of the source. The arrays are the reader's and valid during the
 * call only.
 */
public interface RecordSink {
    /**
     * On which line of the source the next record begins, from 1, be it handed on or rejected; not called where there
     * are no lines.
     */
    default void beginsAt(long line) {}

    /**
     * On which sheet of a workbook the next records are.
     *
     * @param columns in which their fields are, from 1, by name; empty: a record is a cell
     */
    default void onSheet(String name, Map<String, Integer> columns) {}

    /**
     * In which cell of the sheet the next record begins, or what is wrong with it is; instead of {@link #beginsAt(long)}.
     *
     * @param column from 1
     */
    default void beginsAt(long line, int column) {}

    /** What takes pieces that several threads read, each after all that was taken before; null: records come one by one. */
    default @Nullable PieceSink pieces() {
        return null;
    }

    /** One record on one line, without its end. */
    void record(byte[] bytes, int offset, int length);

    /**
     * A record that can't be staged.
     *
     * @param reason one sentence
     * @param start of the record, as it was sent
     */
    void reject(String reason, String start);
}
