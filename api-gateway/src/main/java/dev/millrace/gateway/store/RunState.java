package dev.millrace.gateway.store;

/** The state of a run. */
public enum RunState {
    QUEUED,
    EXTRACTING,
    TRANSFORMING,
    LOADING,
    SUCCEEDED,
    FAILED,
    /** To be cancelled as soon as the loader has made sure that nothing commits any more. */
    CANCELLING,
    CANCELLED;

    public boolean finished() {
        return this == SUCCEEDED || this == FAILED || this == CANCELLED;
    }
}
