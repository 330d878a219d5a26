package dev.millrace.loader;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/** How large the answer to one query has become, so that it ends before it fills the memory. Used by one thread. */
public final class AnswerSize {
    /** Bytes that a text takes beside its characters, about. */
    private static final int VALUE = 40;

    private static final long MEGABYTE = 1 << 20;

    private final long most;
    private long bytes;

    /** @param most bytes that the values may take as texts in memory */
    public AnswerSize(long most) {
        this.most = most;
    }

    /** Bytes that the values may take as texts in memory. */
    public long most() {
        return most;
    }

    /**
     * Of values that somebody else has counted.
     *
     * @throws MillraceException with {@code QUERY_FAILED} when they are more than there may be
     */
    public void check(long counted) {
        if (counted > most) {
            throw tooLarge();
        }
    }

    /**
     * Counts a row of the answer.
     *
     * @throws MillraceException with {@code QUERY_FAILED} when the answer has become too large
     */
    public void add(List<@Nullable String> row) {
        for (String value : row) {
            add(value == null ? 0 : value.length());
        }
    }

    /**
     * Counts a value of the answer.
     *
     * @throws MillraceException with {@code QUERY_FAILED} when the answer has become too large
     */
    public void add(long characters) {
        bytes += characters + VALUE;
        check(bytes);
    }

    private MillraceException tooLarge() {
        return new MillraceException(
                ErrorCode.QUERY_FAILED,
                "the answer is larger than " + amount()
                        + " (expected: fewer rows or columns; all rows of a table are at"
                        + " GET /tables/TABLE/rows, and an export writes those of a query into a file)");
    }

    private String amount() {
        return most >= MEGABYTE ? most / MEGABYTE + " MB" : most + " bytes";
    }
}
