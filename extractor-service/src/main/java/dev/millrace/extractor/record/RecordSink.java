package dev.millrace.extractor.record;

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
