package dev.millrace.pipeline;

/** What becomes of records that have no cursor. They are counted in any case. */
public enum NullCursors {
    /** The run fails. */
    FAIL,
    /** Each run reads all of them. */
    INCLUDE,
    /** No run reads them. */
    SKIP
}
