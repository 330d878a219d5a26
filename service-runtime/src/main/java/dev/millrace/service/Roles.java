package dev.millrace.service;

/** Who may call a route. */
public final class Roles {
    /** Another service, for the subject of its token. */
    public static final String SERVICE = "SERVICE";

    /** Whoever collects the metrics. */
    public static final String METRICS = "METRICS";

    private Roles() {}
}
