package dev.millrace.extractor.format;

import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;

/** The bytes of a file in pieces that each end with a row. For one thread. */
final class Pieces {
    static final int SIZE = 4 * 1024 * 1024;

    /** Bytes that most files have, for which nothing larger is made room. */
    private static final int SMALL = 64 * 1024;

    /** Without the end of a row. */
    private static final int MOST = 8 * SIZE;

    private final InputStream in;
    private final RowEnds ends;
    private final int size;
    private byte[] begun = {};
    private int held;
    private long linesBefore;
    private boolean ended;

    /** @param size bytes of a piece, about */
    Pieces(InputStream in, RowEnds ends, int size) {
        this.in = in;
        this.ends = ends;
        this.size = size;
    }

    /**
     * Some whole rows.
     *
     * @param linesBefore lines of the file before it
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Piece(byte[] bytes, int length, long linesBefore) {
        InputStream stream() {
            return new ByteArrayInputStream(bytes, 0, length);
        }
    }

    /** The next rows; null: there are none, or those that follow are too large to be held, and {@link #rest} has them. */
    @Nullable
    Piece next() throws IOException {
        byte[] bytes = Arrays.copyOf(begun, Math.max(begun.length == 0 ? Math.min(SMALL, size) : size, held));
        int length = held;
        ends.forget();
        while (!ended && (length < size || ends.last() < 0)) {
            if (length == bytes.length) {
                if (length >= Math.max(MOST, size)) {
                    break;
                }
                bytes = Arrays.copyOf(bytes, length < size ? Math.min(2 * length, size) : 2 * length);
            }
            int before = length;
            int count = in.readNBytes(bytes, length, bytes.length - length);
            length += count;
            ended = length < bytes.length;
            ends.look(bytes, before, length);
        }
        long lines = linesBefore;
        int end = ended ? length : ends.last();
        if (end <= 0) {
            begun = bytes;
            held = length;
            return null;
        }
        linesBefore = ends.lines();
        begun = Arrays.copyOfRange(bytes, end, Math.max(end + 1, length));
        held = length - end;
        return new Piece(bytes, end, lines);
    }

    /** Whether nothing follows what {@link #next} has given. */
    boolean isAtEnd() {
        return ended && held == 0;
    }

    /** Lines of the file before what {@link #rest} has. */
    long linesBefore() {
        return linesBefore;
    }

    /** All that {@link #next} has not given. */
    InputStream rest() {
        return new SequenceInputStream(new ByteArrayInputStream(begun, 0, held), in);
    }
}
