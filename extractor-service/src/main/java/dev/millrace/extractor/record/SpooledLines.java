package dev.millrace.extractor.record;

import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Iterator;
import java.util.function.Function;

/** The lines of a {@link Spool}, one after the other; nothing is added to it meanwhile. For one thread. */
public final class SpooledLines {
    private static final int PIECE = 64 * 1024;

    private final Function<IOException, MillraceException> unreadable;
    private final @Nullable FileChannel file;
    private final byte[] memory;
    private final int held;
    private final Iterator<Spool.Stretch> following;
    private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

    private byte[] piece = {};
    private int at;
    private int end;
    private long inFile;
    private boolean memoryRead;
    private byte[] bytes = {};
    private int offset;
    private int length;
    private Spool.@Nullable Stretch next;
    private long line;
    private long row;

    /**
     * @param file null: all is in memory
     * @param held bytes in memory, which follow those in the file
     * @param unreadable what it means that the file can't be read
     */
    SpooledLines(
            @Nullable FileChannel file,
            byte[] memory,
            int held,
            Iterator<Spool.Stretch> stretches,
            Function<IOException, MillraceException> unreadable) {
        this.unreadable = unreadable;
        this.file = file;
        this.memory = memory;
        this.held = held;
        this.following = stretches;
        this.next = stretches.hasNext() ? stretches.next() : null;
    }

    /** Goes to the next line; false: there is none. */
    public boolean advance() {
        begun.reset();
        while (true) {
            for (int i = at; i < end; i++) {
                if (piece[i] == '\n') {
                    take(i);
                    return true;
                }
            }
            begun.write(piece, at, end - at);
            at = end;
            if (!more()) {
                return false;
            }
        }
    }

    private void take(int lineEnd) {
        if (begun.size() == 0) {
            bytes = piece;
            offset = at;
            length = lineEnd - at;
        } else {
            begun.write(piece, at, lineEnd - at);
            bytes = begun.toByteArray();
            offset = 0;
            length = bytes.length;
        }
        at = lineEnd + 1;
        line++;
        row++;
        if (next != null && next.line() == line) {
            row = next.row();
            next = following.hasNext() ? following.next() : null;
        }
    }

    private boolean more() {
        if (memoryRead) {
            return false;
        }
        int count = file == null ? -1 : read(file);
        if (count > 0) {
            inFile += count;
            end = count;
        } else {
            memoryRead = true;
            piece = memory;
            end = held;
        }
        at = 0;
        return true;
    }

    private int read(FileChannel from) {
        if (piece.length == 0) {
            piece = new byte[PIECE];
        }
        try {
            return from.read(ByteBuffer.wrap(piece), inFile);
        } catch (IOException e) {
            throw unreadable.apply(e);
        }
    }

    /** What the line is in, until the next one is gone to. */
    public byte[] bytes() {
        return bytes;
    }

    public int offset() {
        return offset;
    }

    public int length() {
        return length;
    }

    /** Of the line's record in the page, from 1. */
    public long row() {
        return row;
    }
}
