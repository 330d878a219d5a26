package dev.millrace.pipeline;

/** The effect of a load on the rows that are already in the table. */
public enum Write {
    /** The table, or the run's day of it, holds the new rows and no others. */
    REPLACE,
    /** The new rows come on top. */
    APPEND,
    /** Rows with the same keys are replaced, others come on top. */
    MERGE,
    /** Rows whose keys the table hasn't got come on top; those that it has stay as they are. */
    INSERT_ONLY;

    /** Whether rows are told apart by keys. */
    public boolean hasKeys() {
        return this == MERGE || this == INSERT_ONLY;
    }
}
