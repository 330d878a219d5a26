package dev.millrace.extractor.rest;

import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * A checksum that tells the contents of one page from those of another. Two checksums that the processor computes
 * itself, because a cryptographic hash of every record costs as much as all the rest; nobody gains from an API that
 * makes them collide.
 */
final class Checksum {
    private final CRC32 one = new CRC32();
    private final CRC32C other = new CRC32C();
    private long[] records = new long[16];
    private int count;

    /** One record. */
    void add(byte[] bytes, int offset, int length) {
        one.reset();
        one.update(bytes, offset, length);
        other.reset();
        other.update(bytes, offset, length);
        if (count == records.length) {
            records = Arrays.copyOf(records, 2 * count);
        }
        records[count++] = one.getValue() << 32 | other.getValue();
    }

    Content value() {
        return new Content(Arrays.copyOf(records, count));
    }

    /** The records of a page, as far as their checksums tell. */
    static final class Content {
        private final long[] records;

        private Content(long[] records) {
            this.records = records;
        }

        static Content none() {
            return new Content(new long[0]);
        }

        boolean isSameAs(Content content) {
            return Arrays.equals(records, content.records);
        }

        /** Whether the first record of the other page, which has one, is here too. */
        boolean hasFirstOf(Content content) {
            for (long held : records) {
                if (held == content.records[0]) {
                    return true;
                }
            }
            return false;
        }
    }
}
