package dev.millrace.staging;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.io.InputStream;
import java.util.zip.CRC32C;

/**
 * The bytes of a part: counts and sums up what passes, and compares when the end comes.
 *
 * <p>{@code read} throws {@link MillraceException} with {@code STAGING_CORRUPT} instead of saying that the end is
 * there, if the bytes were not the part's.
 */
public final class PartStream extends CheckedStream {
    private final Part part;
    private final CRC32C checksum = new CRC32C();
    private long bytes;

    /** @param in the object's bytes from the first one, closed with this */
    public PartStream(Part part, InputStream in) {
        super(in);
        this.part = part;
    }

    @Override
    protected void passed(byte[] buffer, int offset, int count) {
        checksum.update(buffer, offset, count);
        bytes += count;
    }

    @Override
    protected void ended() {
        if (bytes != part.bytes() || !Part.hex(checksum).equals(part.crc32c())) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT,
                    part.path() + ": " + bytes + " bytes, crc32c " + Part.hex(checksum) + " (expected: " + part.bytes()
                            + " bytes, crc32c " + part.crc32c() + ")");
        }
    }
}
