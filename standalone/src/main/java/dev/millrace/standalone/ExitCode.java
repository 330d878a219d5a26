package dev.millrace.standalone;

/** The exit codes of the command line; people script against these. */
public final class ExitCode {
    public static final int SUCCESS = 0;
    /** The run failed, or something that it needs. */
    public static final int FAILED = 1;
    /** The call was wrong. */
    public static final int WRONG_CALL = 2;
    /** The gateway can't be reached, or isn't ready. */
    public static final int UNREACHABLE = 3;

    private ExitCode() {}
}
