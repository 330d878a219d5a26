package dev.millrace.extractor.format;

import dev.millrace.staging.Part;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** Reads a text from its first byte to its last, to find where it may be cut and what is before each cut. For one thread. */
final class RangeScan {
    private static final int MOST = 64 * 1024;

    private final RowEnds ends;
    private final long each;
    private final int block;

    /**
     * @param each bytes of a range, about: one ends with the first row end that is found behind each multiple of them
     * @param block bytes in which the text is cut once at most
     */
    RangeScan(RowEnds ends, long each, int block) {
        this.ends = ends;
        this.each = each;
        this.block = Math.min(block, MOST);
    }

    /**
     * @param columns of all ranges but the first one
     * @return nothing, where the text is one range
     */
    List<FileRange> ranges(InputStream in, List<String> columns) throws IOException {
        List<FileRange> ranges = new ArrayList<>();
        CRC32C checksum = new CRC32C();
        byte[] bytes = new byte[block];
        long read = 0;
        long from = 0;
        long lines = 0;
        long rows = 0;
        for (int count = in.readNBytes(bytes, 0, block); count > 0; count = in.readNBytes(bytes, 0, block)) {
            ends.forget();
            ends.look(bytes, 0, count);
            int end = Math.max(0, ends.last());
            if (ends.last() >= 0 && (read + end) / each > from / each) {
                checksum.update(bytes, 0, end);
                ranges.add(range(ranges, from, read + end, lines, rows, checksum, columns));
                from = read + end;
                lines = ends.lines();
                rows = ends.rows();
                checksum.reset();
                checksum.update(bytes, end, count - end);
            } else {
                checksum.update(bytes, 0, count);
            }
            read += count;
        }
        if (read > from) {
            ranges.add(range(ranges, from, read, lines, rows, checksum, columns));
        }
        return ranges.size() < 2 ? List.of() : ranges;
    }

    private static FileRange range(
            List<FileRange> before, long from, long to, long lines, long rows, CRC32C checksum, List<String> columns) {
        return new FileRange(from, to, lines, rows, Part.hex(checksum), before.isEmpty() ? List.of() : columns);
    }
}
