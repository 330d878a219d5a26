package dev.millrace.transformer.staged;

import dev.millrace.staging.Origin;
import dev.millrace.staging.Part;
import io.micronaut.core.annotation.Nullable;

/** A chunk of lines that follow each other in a part, each a record as it was staged. Nobody changes its bytes but whoever scans it, which is one thread. */
public final class Lines {
    private final Part part;
    private final long firstRow;
    private final byte[] bytes;
    private final int[] ends;
    private final int count;
    private final boolean oversized;

    /**
     * @param firstRow number of the first line in the part, from 1
     * @param bytes that hold the lines
     * @param ends where each line ends in the bytes; the next one starts after the line feed that is there
     * @param count of the lines, at least one
     * @param oversized the only line is the head of one that is longer than what is read
     */
    public Lines(Part part, long firstRow, byte[] bytes, int[] ends, int count, boolean oversized) {
        this.part = part;
        this.firstRow = firstRow;
        this.bytes = bytes;
        this.ends = ends;
        this.count = count;
        this.oversized = oversized;
    }

    public Part part() {
        return part;
    }

    public long firstRow() {
        return firstRow;
    }

    public int count() {
        return count;
    }

    public boolean oversized() {
        return oversized;
    }

    public byte[] bytes() {
        return bytes;
    }

    public int start(int line) {
        return line == 0 ? 0 : ends[line - 1] + 1;
    }

    public int end(int line) {
        return ends[line];
    }

    /** Where the record of a line stood in the source; in the part itself when nobody knows. */
    public Origin origin(int line) {
        long row = firstRow + line;
        Origin known = part.origin(row);
        return known == null ? new Origin(row, part.path(), row, null) : known;
    }

    /** The same; null when nobody knows. */
    @Nullable
    public Origin knownOrigin(int line) {
        Origin origin = origin(line);
        return origin.place().equals(part.path()) ? null : origin; // of a part with very many places it names itself
    }

    /** Bytes of all lines. */
    public int size() {
        return ends[count - 1];
    }
}
