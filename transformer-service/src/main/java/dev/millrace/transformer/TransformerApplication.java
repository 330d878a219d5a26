package dev.millrace.transformer;

import dev.millrace.service.Services;

/** Main class of the transformer in a process of its own. */
public final class TransformerApplication {
    /** Environment in which the beans of this service exist, and its name in tokens and configuration. */
    public static final String NAME = "transformer";

    private TransformerApplication() {}

    public static void main(String[] args) {
        Services.start(NAME, args);
    }
}
