package dev.millrace.loader;

import dev.millrace.service.Services;

/** Main class of the loader in a process of its own. */
public final class LoaderApplication {
    /** Environment in which the beans of this service exist, and its name in tokens and configuration. */
    public static final String NAME = "loader";

    private LoaderApplication() {}

    public static void main(String[] args) {
        Services.start(NAME, args);
    }
}
