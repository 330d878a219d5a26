package dev.millrace.task;

import java.util.Locale;

/** The three steps of a run, in their order; each is one service's. */
public enum Step {
    EXTRACT("extractor"),
    TRANSFORM("transformer"),
    LOAD("loader");

    private final String service;

    Step(String service) {
        this.service = service;
    }

    /** Name of the service that does it: its environment, its configuration and the audience of its tokens. */
    public String service() {
        return service;
    }

    /** Folder of the step within a run's staging folder. */
    public String folder() {
        return name().toLowerCase(Locale.ROOT);
    }
}
