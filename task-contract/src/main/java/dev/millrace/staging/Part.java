package dev.millrace.staging;

import io.micronaut.serde.annotation.Serdeable;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * One object that a step handed to the next. Never overwritten.
 *
 * @param path object name below the root of the staging store
 * @param rows records or rows in it
 * @param bytes size as stored
 * @param crc32c of the stored bytes, 8 lower case hexadecimal digits (RFC 3720, appendix B.4)
 */
@Serdeable
public record Part(String path, long rows, long bytes, String crc32c) {
    public Part {
        ObjectName.check(path);
        if (rows < 0 || bytes < 0) {
            throw new IllegalArgumentException("rows: " + rows + ", bytes: " + bytes + " (expected: 0 or more)");
        }
    }

    /** A checksum in the form of {@link #crc32c}. */
    public static String hex(CRC32C checksum) {
        return HexFormat.of().toHexDigits((int) checksum.getValue());
    }
}
