package dev.millrace.pipeline;

/**
 * A record with rules over several of its keys, or rules that need an engine. They are kept when a pipeline file is
 * read, and not asked again for what was stored or sent: that was checked when it came from a file, by the version of
 * then.
 */
public interface FileRules {
    /** Notes what is wrong; what the constructor refuses can't be. */
    void check(Checks checks);

    /**
     * What was made, if it keeps its rules.
     *
     * @throws InvalidValue when it doesn't
     */
    static <T extends FileRules> T checked(T made) {
        Checks checks = new Checks();
        made.check(checks);
        checks.done();
        return made;
    }
}
