package dev.millrace.gateway.store;

/** The state of a step of a run. */
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
