package dev.millrace.extractor.rest;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** Notices an API that leads in circles, which would otherwise be read for ever. */
final class CycleDetector {
    /** APIs that filter after they have read may have many such pages before the next record; not that many. */
    private static final int MAX_EMPTY = 1000;

    private final Set<Hash> seen = new HashSet<>();
    private @Nullable Page before;
    private int empty;

    /** Half of a SHA-256: a run may have a million cursors, and each a kilobyte. */
    private record Hash(long high, long low) {
        static Hash of(String text) {
            ByteBuffer hash = ByteBuffer.wrap(Hashes.sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
            return new Hash(hash.getLong(), hash.getLong());
        }
    }

    /**
     * @param cause why a page might be the same as the one before it
     * @throws MillraceException when it is, or when there have been too many pages without a record
     */
    void refuse(Page page, String cause) {
        if (page.records() == 0) {
            empty++;
            if (empty > MAX_EMPTY) {
                throw new MillraceException(
                        ErrorCode.SOURCE_INCONSISTENT,
                        page.name() + " is the last of " + empty + " pages in a row that hold no record, and each"
                                + " leads to another one: it would never end");
            }
            return;
        }
        empty = 0;
        Page last = before;
        if (last != null && last.content().equals(page.content())) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT, page.name() + " repeats " + last.name() + ": " + cause);
        }
        before = page;
    }

    /**
     * @param key that leads to a page: a cursor or a URL
     * @param message for the failure
     * @throws MillraceException when the key has led to a page before
     */
    void refuseKey(String key, String message) {
        if (!seen.add(Hash.of(key))) {
            throw new MillraceException(ErrorCode.SOURCE_INCONSISTENT, message);
        }
    }
}
