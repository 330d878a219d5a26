package dev.millrace.extractor.record;

import dev.millrace.problem.ErrorCode;

/**
 * A failure: what a source sent is not what it should be. The message says what was found where, and holds no secret
 * of ours.
 */
public final class MalformedSource extends Exception {
    private enum Kind {
        MALFORMED,
        CUT_OFF,
        UNREADABLE
    }

    private final Kind kind;

    public MalformedSource(String message) {
        this(message, Kind.MALFORMED);
    }

    private MalformedSource(String message, Kind kind) {
        super(message);
        this.kind = kind;
    }

    /** It ends where more must follow. */
    public static MalformedSource cutOff(String message) {
        return new MalformedSource(message, Kind.CUT_OFF);
    }

    /**
     * It is of a kind that isn't read, or not as the endpoint says: read again it is the same.
     */
    public static MalformedSource unreadable(String message) {
        return new MalformedSource(message, Kind.UNREADABLE);
    }

    /** Whether it may be whole when it is read again. */
    public boolean isCutOff() {
        return kind == Kind.CUT_OFF;
    }

    /** Of a file: by whether it helps to read it again. */
    public ErrorCode code() {
        return kind == Kind.UNREADABLE ? ErrorCode.SOURCE_UNREADABLE : ErrorCode.SOURCE_MALFORMED;
    }

    /** The message, which is never null here. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
