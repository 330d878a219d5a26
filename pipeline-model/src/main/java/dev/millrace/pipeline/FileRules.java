package dev.millrace.pipeline;

/**
 * A record with rules over several of its keys, or rules that need an engine. They are kept when a pipeline file is
 * read, and not asked again for what was stored or sent: that was checked when it came from a file, by the version of
 * then.
 */
public interface FileRules {
    /** Notes what is wrong. What is wrong with a single value its constructor has refused already. */
    void check(Checks checks);
}
