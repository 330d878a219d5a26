package dev.millrace.worker;

/** The attempt is no longer wanted. Passes through the handler; nobody needs to hear of it. */
public final class StoppedException extends RuntimeException {
    public StoppedException() {
        super("stopped", null, false, false);
    }
}
