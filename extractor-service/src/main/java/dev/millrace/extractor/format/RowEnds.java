package dev.millrace.extractor.format;

/** Finds where rows end in the bytes of a file, as far as it takes to cut it there. For one thread. */
interface RowEnds {
    /** Looks at the next bytes of the file. */
    void look(byte[] bytes, int from, int to);

    /** Behind the last row end that was found, counted as {@code from} was; negative: none since it was forgotten. */
    int last();

    /** Lines of the file up to there. */
    long lines();

    /** Forgets what {@link #last} says, since the bytes move. */
    void forget();

    /** Rows that are lines, with a line feed at their end. */
    static RowEnds ofLines() {
        return new RowEnds() {
            private int last = -1;
            private long lines;

            @Override
            public void look(byte[] bytes, int from, int to) {
                for (int i = from; i < to; i++) {
                    if (bytes[i] == '\n') {
                        last = i + 1;
                        lines++;
                    }
                }
            }

            @Override
            public int last() {
                return last;
            }

            @Override
            public long lines() {
                return lines;
            }

            @Override
            public void forget() {
                last = -1;
            }
        };
    }
}
