package dev.millrace.extractor.rest;

import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * A checksum that tells the contents of one page from those of another. Two checksums that the processor computes
 * itself, because a cryptographic hash of every record costs as much as all the rest; nobody gains from an API that
 * makes them collide.
 */
final class Checksum {
    private static final byte[] END = {'\n'};

    private final CRC32 one = new CRC32();
    private final CRC32C other = new CRC32C();

    /** One record. */
    void add(byte[] bytes, int offset, int length) {
        one.update(bytes, offset, length);
        one.update(END, 0, 1);
        other.update(bytes, offset, length);
        other.update(END, 0, 1);
    }

    Page.Content value() {
        return new Page.Content(one.getValue(), other.getValue());
    }
}
