package dev.millrace.transformer;

/** A value that its column can't hold unchanged. The message is one sentence for the reject. */
final class Misfit extends Exception {
    /** Without a stack trace: there may be one for each record. */
    Misfit(String reason) {
        super(reason, null, false, false);
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
