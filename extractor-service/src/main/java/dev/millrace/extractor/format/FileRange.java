package dev.millrace.extractor.format;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * A part of a large file that can be read without what is before it: some whole rows of text, or row groups of Parquet.
 *
 * @param from offset in the file, in bytes
 * @param to likewise, exclusive
 * @param lines of the file before it
 * @param rows records of the file before it, rejected ones included
 * @param crc32c of its bytes, 8 lower case hexadecimal digits; null: nobody has read them yet
 * @param columns that its fields are called by; empty: it has their names itself
 */
@Serdeable
public record FileRange(
        long from, long to, long lines, long rows, @Nullable String crc32c, List<String> columns) {
    public FileRange {
        columns = List.copyOf(columns);
        if (from < 0 || to <= from) {
            throw new IllegalArgumentException(
                    "range: " + from + " to " + to + " (expected: at least a byte of the file)");
        }
    }

    /** In bytes. */
    public long size() {
        return to - from;
    }
}
