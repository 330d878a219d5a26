package dev.millrace.extractor.rest;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** The cursors or URLs that have led to a page of one run. */
final class SeenKeys {
    private final Set<Hash> seen = new HashSet<>();

    /** Half of a SHA-256: a run may have a million cursors, and each a kilobyte. */
    private record Hash(long high, long low) {
        static Hash of(String text) {
            ByteBuffer hash = ByteBuffer.wrap(Hashes.sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
            return new Hash(hash.getLong(), hash.getLong());
        }
    }

    /**
     * @param message for the failure
     * @throws MillraceException when the key has led to a page before
     */
    void refuse(String key, String message) {
        if (!seen.add(Hash.of(key))) {
            throw new MillraceException(ErrorCode.SOURCE_INCONSISTENT, message);
        }
    }
}
