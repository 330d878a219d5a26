package dev.millrace.transformer;

import java.util.List;

/**
 * Records that follow each other and are shaped by one thread.
 *
 * @param chunks at least one
 * @param records in all chunks
 * @param bytes of their lines
 */
record Slice(List<Chunk> chunks, long records, long bytes) {
    /**
     * Lines that are shaped at once.
     *
     * @param part number of the part that they are of, from 0
     */
    record Chunk(int part, Lines lines) {}
}
