package dev.millrace.gateway.run;

/** Where a step of a run stands. */
public enum TaskState {
    /** To be posted to its service. */
    READY,
    /** Posted, or about to be. */
    DISPATCHED,
    DONE,
    FAILED,
    /** The run was cancelled meanwhile. */
    STOPPED
}
