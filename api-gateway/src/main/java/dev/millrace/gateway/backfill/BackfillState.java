package dev.millrace.gateway.backfill;

/** What becomes of a backfill. */
public enum BackfillState {
    /** Its windows are being loaded. */
    RUNNING,
    /** All of them are loaded, and the models after them. */
    SUCCEEDED,
    /** Some couldn't be. */
    FAILED,
    CANCELLED
}
