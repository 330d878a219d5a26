package dev.millrace.extractor.format;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * What is packed with zstd, in one frame or several. The library's own stream doesn't notice where a frame is cut off that follows
 * another one (findings/zstd-jni-cut-frame.sh). For one thread.
 */
final class ZstdFrames extends InputStream {
    private static final int PIECE = 128 * 1024;

    private final InputStream in;
    private final ZstdDecompressCtx frames = new ZstdDecompressCtx();
    private final byte[] read = new byte[PIECE];
    private final ByteBuffer packed = ByteBuffer.allocateDirect(PIECE).flip();
    private final ByteBuffer plain = ByteBuffer.allocateDirect(PIECE).flip();
    private boolean inFrame;

    /** @param in closed with this */
    ZstdFrames(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!plain.hasRemaining() && !unpack()) {
            return -1;
        }
        int count = Math.min(length, plain.remaining());
        plain.get(buffer, offset, count);
        return count;
    }

    /** @return whether there is more */
    private boolean unpack() throws IOException {
        boolean full = plain.limit() == plain.capacity();
        plain.clear();
        try {
            while (plain.position() == 0) {
                // what didn't fit the last time comes without further bytes
                if (!packed.hasRemaining() && !(full && inFrame) && !fill()) {
                    return false;
                }
                full = false;
                inFrame = !frames.decompressDirectByteBufferStream(plain, packed);
            }
        } catch (ZstdException e) {
            throw new IOException(e.getMessage(), e);
        } finally {
            plain.flip();
        }
        return true;
    }

    private boolean fill() throws IOException {
        int count = in.read(read, 0, read.length);
        if (count < 0 && inFrame) {
            throw new EOFException("cut off");
        }
        packed.clear();
        packed.put(read, 0, Math.max(0, count)).flip();
        return count >= 0;
    }

    @Override
    public void close() throws IOException {
        frames.close();
        in.close();
    }
}
