package dev.millrace.extractor.format;

/** Finds where rows end in the bytes of a file, as far as it takes to cut it there. For one thread. */
interface RowEnds {
    /** Looks at the next bytes of the file. */
    void look(byte[] bytes, int from, int to);

    /** Behind the last row end that was found, counted as {@code from} was; negative: none since it was forgotten. */
    int last();

    /** Lines of the file up to there. */
    long lines();

    /** Records of the file up to there, whatever is in them. */
    long rows();

    /** Forgets what {@link #last} says, since the bytes move. */
    void forget();

    /**
     * Rows that are lines, with a line feed at their end; blank ones are no records.
     *
     * @param before lines of the file that come before the bytes
     * @param mark bytes of the file's byte order mark that are looked at first
     */
    static RowEnds ofLines(long before, int mark) {
        return new LineEnds(before, mark);
    }
}
