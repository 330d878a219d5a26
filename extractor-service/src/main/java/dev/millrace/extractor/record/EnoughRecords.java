package dev.millrace.extractor.record;

/** Ends a reading of which only the first records are wanted: there are more. */
public final class EnoughRecords extends RuntimeException {
    private static final long serialVersionUID = 1;

    EnoughRecords() {
        super("enough records", null, false, false);
    }
}
