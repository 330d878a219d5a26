package dev.millrace.gateway.run;

/** The endpoint's window already has an unfinished run. */
public final class RunActive extends RuntimeException {
    private final String run;

    RunActive(String pipeline, String endpoint, String run) {
        this("endpoint " + pipeline + "/" + endpoint, run);
    }

    RunActive(String what, String run) {
        super(what + " has an unfinished run, " + run);
        this.run = run;
    }

    /** The unfinished run. */
    public String run() {
        return run;
    }
}
