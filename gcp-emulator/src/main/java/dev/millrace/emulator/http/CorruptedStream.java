package dev.millrace.emulator.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream of which one byte is another. */
final class CorruptedStream extends FilterInputStream {
    private final long at;
    private long position;

    CorruptedStream(InputStream in, long at) {
        super(in);
        this.at = at;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = in.read(buffer, offset, length);
        if (count > 0 && position <= at && at < position + count) {
            buffer[offset + (int) (at - position)] ^= 1;
        }
        position += Math.max(count, 0);
        return count;
    }
}
