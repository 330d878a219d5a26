package dev.millrace.extractor.format;

/** Row ends where each line is a row. */
final class LineEnds implements RowEnds {
    private int mark;
    private int last = -1;
    private long lines;
    private long rows;
    private boolean begun; // the line, with anything but blanks

    LineEnds(long before, int mark) {
        this.lines = before;
        this.mark = mark;
    }

    @Override
    public void look(byte[] bytes, int from, int to) {
        int ignored = Math.min(mark, to - from);
        mark -= ignored;
        int start = from + ignored;
        for (int i = start; i < to; i++) {
            if (bytes[i] == '\n') {
                rows += begun || isRecord(bytes, start, i) ? 1 : 0;
                begun = false;
                start = i + 1;
                last = start;
                lines++;
            }
        }
        begun |= isRecord(bytes, start, to);
    }

    /** From its end on, where blanks are few. */
    private static boolean isRecord(byte[] bytes, int from, int to) {
        for (int i = to - 1; i >= from; i--) {
            if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') {
                return true;
            }
        }
        return false;
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
    public long rows() {
        return rows;
    }

    @Override
    public void forget() {
        last = -1;
    }
}
