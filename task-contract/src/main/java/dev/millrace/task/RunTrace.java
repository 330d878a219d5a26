package dev.millrace.task;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Ids of a run's trace. They follow from the run's id alone, so that any replica of any service knows them, whichever
 * of them has seen the run's beginning; and so that whoever has a run's log finds its trace.
 */
public final class RunTrace {
    private static final int TRACE_BYTES = 16;
    private static final int SPAN_BYTES = 8;

    private RunTrace() {}

    /** 32 hexadecimal digits, see https://www.w3.org/TR/trace-context/#trace-id. */
    public static String id(String run) {
        return hash(run, TRACE_BYTES);
    }

    /** Of the span that stands for all of the run, from its acceptance or retry to its end: 16 hexadecimal digits. */
    public static String span(String run, int generation) {
        return hash(run + "/" + generation, SPAN_BYTES);
    }

    private static String hash(String text, int bytes) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
