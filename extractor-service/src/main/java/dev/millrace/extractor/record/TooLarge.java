package dev.millrace.extractor.record;

import java.io.IOException;

/** A failure: something is larger than what is read of it, maybe on purpose. Read again it is the same. */
public final class TooLarge extends IOException {
    private static final long serialVersionUID = 1;

    public TooLarge(String message) {
        super(message);
    }

    public TooLarge(String message, Throwable cause) {
        super(message, cause);
    }
}
