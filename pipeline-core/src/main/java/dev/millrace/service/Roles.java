package dev.millrace.service;

/** Who may call a route. */
public final class Roles {
    /** Another service, for the subject of its token. */
    public static final String SERVICE = "SERVICE";

    private Roles() {}
}
