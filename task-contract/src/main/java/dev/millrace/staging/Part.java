package dev.millrace.staging;

import dev.millrace.pipeline.Default;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * One object that a step handed to the next. Never overwritten.
 *
 * @param path object name below the root of the staging store
 * @param rows records or rows in it
 * @param bytes size as stored
 * @param crc32c of the stored bytes, 8 lower case hexadecimal digits (RFC 3720, appendix B.4)
 * @param origins where its records stood in the source, by their first rows; empty: nobody knows
 */
@Serdeable
public record Part(
        String path,
        long rows,
        long bytes,
        String crc32c,
        @Default("[]") List<Origin> origins) {
    @Creator // of two constructors, that which reads JSON
    public Part {
        origins = List.copyOf(origins);
        ObjectName.check(path);
        if (rows < 0 || bytes < 0) {
            throw new IllegalArgumentException("rows: " + rows + ", bytes: " + bytes + " (expected: 0 or more)");
        }
    }

    /** A part of which nobody knows where its records stood. */
    public Part(String path, long rows, long bytes, String crc32c) {
        this(path, rows, bytes, crc32c, List.of());
    }

    /** The same part, with where its records stood. */
    public Part from(List<Origin> known) {
        return new Part(path, rows, bytes, crc32c, known);
    }

    /** Where a row of the part stood in the source; null when nobody knows. */
    public @Nullable Origin origin(long row) {
        int low = 0;
        int high = origins.size();
        while (low < high) {
            int middle = (low + high) / 2;
            if (origins.get(middle).firstRow() <= row) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == 0 ? null : origins.get(low - 1).at(row);
    }

    /** A checksum in the form of {@link #crc32c}. */
    public static String hex(CRC32C checksum) {
        return HexFormat.of().toHexDigits((int) checksum.getValue());
    }
}
