package dev.millrace.extractor.format;

import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The bytes of a file in pieces that each end with a row. For one thread, but for the pieces that it gives. */
final class Pieces {
    static final int SIZE = 1024 * 1024;

    /** Bytes that most files have, for which nothing larger is made room. */
    private static final int SMALL = 64 * 1024;

    /** Without the end of a row. */
    private static final int MOST = 8 * SIZE;

    private final InputStream in;
    private final RowEnds ends;
    private final int size;

    /** Of pieces that nobody reads any more: large arrays that each go after a moment would fill the heap with what is old. */
    private final Queue<byte[]> spare = new ConcurrentLinkedQueue<>();

    private byte[] begun = {};
    private int held;
    private long linesBefore;
    private boolean ended;

    /** @param size bytes of a piece, about */
    Pieces(InputStream in, RowEnds ends, int size) {
        this.in = in;
        this.ends = ends;
        this.size = size;
        this.linesBefore = ends.lines();
    }

    /** Some whole rows. For the thread that reads them. */
    final class Piece {
        private final byte[] bytes;
        private final int length;
        private final long linesBefore;

        private Piece(byte[] bytes, int length, long linesBefore) {
            this.bytes = bytes;
            this.length = length;
            this.linesBefore = linesBefore;
        }

        InputStream stream() {
            return new ByteArrayInputStream(bytes, 0, length);
        }

        /** Lines of the file before it. */
        long linesBefore() {
            return linesBefore;
        }

        /** Nobody reads it any more: its room is that of a piece to come. */
        void release() {
            if (bytes.length == size) {
                spare.add(bytes);
            }
        }
    }

    /** The next rows; null: there are none, or those that follow are too large to be held, and {@link #rest} has them. */
    @Nullable
    Piece next() throws IOException {
        byte[] bytes = room(Math.max(begun.length == 0 ? Math.min(SMALL, size) : size, held));
        System.arraycopy(begun, 0, bytes, 0, held);
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

    private byte[] room(int length) {
        byte[] used = length == size ? spare.poll() : null;
        return used == null ? new byte[length] : used;
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
