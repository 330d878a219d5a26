package dev.millrace.gateway.store;

/** Where a step of a run stands. */
public enum TaskState {
    /** Not to be posted before the runs that its run comes after have ended. */
    WAITING,
    /** To be posted to its service. */
    READY,
    /** Posted, or about to be. */
    DISPATCHED,
    DONE,
    FAILED,
    /** The run was cancelled meanwhile. */
    STOPPED
}
