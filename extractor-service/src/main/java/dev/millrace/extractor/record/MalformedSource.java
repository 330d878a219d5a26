package dev.millrace.extractor.record;

/**
 * A failure: what a source sent is not what it should be. The message says what was found where, and holds no secret
 * of ours.
 */
public final class MalformedSource extends Exception {
    private final boolean cutOff;

    public MalformedSource(String message) {
        this(message, false);
    }

    private MalformedSource(String message, boolean cutOff) {
        super(message);
        this.cutOff = cutOff;
    }

    /** It ends where more must follow. */
    public static MalformedSource cutOff(String message) {
        return new MalformedSource(message, true);
    }

    /** Whether it may be whole when it is read again. */
    public boolean isCutOff() {
        return cutOff;
    }

    /** The message, which is never null here. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
