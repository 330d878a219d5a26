package dev.millrace.extractor.record;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Gzip that refuses what the JDK's stream drops without a word: bytes after the last member. */
public final class Gunzip extends GZIPInputStream {
    private static final int TRAILER = 8;

    /** @param in whose {@code available} is 0 only at its end, since that is how the JDK finds a further member */
    public Gunzip(InputStream in) throws IOException {
        super(in, 64 * 1024);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = super.read(buffer, offset, length);
        if (count < 0 && (inf.getRemaining() > TRAILER || in.read() >= 0)) {
            throw new ZipException("bytes that are not gzip follow the gzip data");
        }
        return count;
    }
}
