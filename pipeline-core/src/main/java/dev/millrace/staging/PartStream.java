package dev.millrace.staging;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32C;

/**
 * The bytes of a part: counts and sums up what passes, and compares when the end comes.
 *
 * <p>{@code read} throws {@link MillraceException} with {@code STAGING_CORRUPT} instead of saying that the end is
 * there, if the bytes were not the part's.
 */
public final class PartStream extends FilterInputStream {
    private final Part part;
    private final CRC32C checksum = new CRC32C();
    private long bytes;

    /** @param in the object's bytes from the first one, closed with this */
    public PartStream(Part part, InputStream in) {
        super(in);
        this.part = part;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = in.read(buffer, offset, length);
        if (count >= 0) {
            checksum.update(buffer, offset, count);
            bytes += count;
        } else if (bytes != part.bytes() || !Part.hex(checksum).equals(part.crc32c())) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT,
                    part.path() + ": " + bytes + " bytes, crc32c " + Part.hex(checksum) + " (expected: " + part.bytes()
                            + " bytes, crc32c " + part.crc32c() + ")");
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
