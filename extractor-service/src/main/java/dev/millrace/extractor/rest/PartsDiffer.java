package dev.millrace.extractor.rest;

/** Says that answers with parts of the same records don't fit together. Its message holds nothing that is secret. */
final class PartsDiffer extends Exception {
    private static final long serialVersionUID = 1;

    PartsDiffer(String message) {
        super(message);
    }
}
