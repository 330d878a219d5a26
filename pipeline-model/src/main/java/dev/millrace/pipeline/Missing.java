package dev.millrace.pipeline;

/** What happens when what a source is asked for is not there. */
public enum Missing {
    FAIL,
    ALLOW
}
