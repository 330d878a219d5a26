package dev.millrace.extractor.format;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.CheckedStream;
import dev.millrace.staging.Part;
import java.io.IOException;
import java.util.zip.CRC32C;

/** The bytes of a range, which have to be those by which it was cut. */
final class RangeStream extends CheckedStream {
    private final RangedFile file;
    private final FileRange range;
    private final CRC32C checksum = new CRC32C();

    RangeStream(RangedFile file, FileRange range) throws IOException {
        super(file.open(range.from(), range.to()));
        this.file = file;
        this.range = range;
    }

    @Override
    protected void passed(byte[] buffer, int offset, int count) {
        checksum.update(buffer, offset, count);
    }

    /** @throws MillraceException with {@code SOURCE_INCONSISTENT} */
    @Override
    protected void ended() {
        if (!Part.hex(checksum).equals(range.crc32c())) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    file.name() + ": bytes " + range.from() + " to " + range.to() + " have crc32c " + Part.hex(checksum)
                            + " (expected: " + range.crc32c() + ", as when the run was cut into slices)");
        }
    }
}
