package dev.millrace.extractor;

import dev.millrace.service.Services;

/** Main class of the extractor in a process of its own. */
public final class ExtractorApplication {
    /** Environment in which the beans of this service exist, and its name in tokens and configuration. */
    public static final String NAME = "extractor";

    private ExtractorApplication() {}

    public static void main(String[] args) {
        Services.start(NAME, args);
    }
}
