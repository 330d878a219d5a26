package dev.millrace.standalone;

/** How the command line ends; people script against these. */
final class ExitCode {
    static final int SUCCESS = 0;
    /** The run failed, or something that it needs. */
    static final int FAILED = 1;
    /** The call was wrong. */
    static final int WRONG_CALL = 2;
    /** The gateway can't be reached, or isn't ready. */
    static final int UNREACHABLE = 3;

    private ExitCode() {}
}
