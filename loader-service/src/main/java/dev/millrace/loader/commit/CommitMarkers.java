package dev.millrace.loader.commit;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Markers in staging that say which loads may have begun to commit elsewhere. A load begins before the first thing
 * that could commit it, and an abort that comes first prevents that; both make the same object, which the store lets
 * one of them do. So a load that failed before is closed without a word to where it would have committed, such as by a
 * key that can't be read. Safe for use by several threads and processes.
 */
public final class CommitMarkers {
    private static final byte[] BEGUN = "begun".getBytes(StandardCharsets.UTF_8);
    private static final byte[] PREVENTED = "prevented".getBytes(StandardCharsets.UTF_8);

    private final StagingStore staging;

    public CommitMarkers(StagingStore staging) {
        this.staging = staging;
    }

    /**
     * From now on the generation may commit. May be repeated.
     *
     * @throws MillraceException with {@code LOAD_ABORTED} when an abort has prevented it
     */
    public void begin(String load, int generation) {
        String name = name(load, generation);
        if (!staging.createIfAbsent(name, BEGUN) && prevented(name)) {
            throw new MillraceException(ErrorCode.LOAD_ABORTED, "load " + load + " was aborted before it could commit");
        }
    }

    /**
     * Whether no generation up to the given one has begun, nor will; or was closed after it had. When one may have
     * committed, only those after it are prevented.
     */
    public boolean prevent(String load, int generation) {
        for (int each = generation; each > 0; each--) {
            if (staging.exists(closedName(load, each))) {
                return true;
            }
            String name = name(load, each);
            if (!staging.createIfAbsent(name, PREVENTED) && !prevented(name)) {
                return false;
            }
        }
        return true;
    }

    /** It has become certain where the load would have committed that no generation up to the given one has, or will. */
    public void closed(String load, int generation) {
        boolean _ = staging.createIfAbsent(closedName(load, generation), PREVENTED);
    }

    private boolean prevented(String name) {
        try (InputStream in = staging.open(name)) {
            return Arrays.equals(in.readAllBytes(), PREVENTED);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(String load, int generation) {
        return "runs/" + load + "/commit-" + generation;
    }

    private static String closedName(String load, int generation) {
        return "runs/" + load + "/commit-" + generation + "-closed";
    }
}
