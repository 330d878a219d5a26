package dev.millrace.extractor.rest;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The cursors or URLs that have led to a page of one run, what its requests were sent for, or the keys of a page. Of each there is half of a
 * SHA-256, as there may be millions: 20 to 50 bytes each. For one thread.
 */
final class SeenKeys {
    private static final int FIRST_SIZE = 1024;

    /** Pairs, of which both are 0 where there is none; a power of two. */
    private long[] hashes = new long[2 * FIRST_SIZE];

    private int count;

    /** Whether the key has not been there before. */
    boolean add(String key) {
        ByteBuffer hash = ByteBuffer.wrap(Hashes.sha256().digest(key.getBytes(StandardCharsets.UTF_8)));
        long high = hash.getLong();
        boolean added = put(hashes, high, hash.getLong());
        if (added) {
            count++;
            if (count > hashes.length / 2 / 4 * 3) {
                grow();
            }
        }
        return added;
    }

    private static boolean put(long[] table, long high, long low) {
        int places = table.length / 2;
        for (int at = (int) high & (places - 1); true; at = (at + 1) & (places - 1)) {
            if (table[2 * at] == 0 && table[2 * at + 1] == 0) {
                table[2 * at] = high;
                table[2 * at + 1] = low;
                return true;
            }
            if (table[2 * at] == high && table[2 * at + 1] == low) {
                return false;
            }
        }
    }

    private void grow() {
        long[] larger = new long[hashes.length * 2];
        for (int i = 0; i < hashes.length; i += 2) {
            if (hashes[i] != 0 || hashes[i + 1] != 0) {
                boolean _ = put(larger, hashes[i], hashes[i + 1]);
            }
        }
        hashes = larger;
    }

    /**
     * @param message for the failure
     * @throws MillraceException when the key has led to a page before
     */
    void refuse(String key, String message) {
        if (!add(key)) {
            throw new MillraceException(ErrorCode.SOURCE_INCONSISTENT, message);
        }
    }
}
