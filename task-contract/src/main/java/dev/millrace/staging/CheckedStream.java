package dev.millrace.staging;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that sees each of its bytes once, and is asked before it says that the end is there. */
public abstract class CheckedStream extends FilterInputStream {
    /** @param in from its first byte, closed with this */
    protected CheckedStream(InputStream in) {
        super(in);
    }

    /** Some bytes have been read. */
    protected abstract void passed(byte[] buffer, int offset, int count) throws IOException;

    /** No byte follows; called again by whoever reads on at the end. Throws if what came is not what was to come. */
    protected abstract void ended() throws IOException;

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = in.read(buffer, offset, length);
        if (count >= 0) {
            passed(buffer, offset, count);
        } else {
            ended();
        }
        return count;
    }

    @Override
    public long skip(long count) throws IOException {
        return readNBytes((int) Math.min(count, 8192)).length;
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
