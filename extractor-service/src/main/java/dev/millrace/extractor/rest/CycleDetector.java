package dev.millrace.extractor.rest;

import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;

/** A guard against an API that leads in circles, which would otherwise be read for ever, or whose records move on the way. */
final class CycleDetector {
    /** APIs that filter after they have read may have many such pages before the next record; not that many. */
    private static final int MAX_EMPTY = 1000;

    private final Pagination.Ends.Repeats meaning;
    private @Nullable Page first;
    private @Nullable Page before;
    private int empty;

    CycleDetector(Pagination.Ends.Repeats meaning) {
        this.meaning = meaning;
    }

    /**
     * @param cause why a page might be the same as the one before it
     * @return whether the page repeats another one, which the file says is beyond the end of the list
     * @throws MillraceException when it does and the file doesn't say so, or when there have been too many pages without
     *     a record
     */
    boolean isBeyondTheEnd(Page page, String cause) {
        if (page.records() == 0) {
            empty++;
            if (empty > MAX_EMPTY) {
                throw new MillraceException(
                        ErrorCode.SOURCE_INCONSISTENT,
                        page.name() + " is the last of " + empty + " pages in a row that hold no record, and each"
                                + " leads to another one: it would never end");
            }
            return false;
        }
        empty = 0;
        Page last = before;
        Page start = first;
        before = page;
        first = start == null ? page : start;
        if (last == null || start == null || meaning == Pagination.Ends.Repeats.ALLOW) {
            return false;
        }
        Page same = last.content().isSameAs(page.content())
                ? last
                : start.content().isSameAs(page.content()) ? start : null;
        if (same != null) {
            if (meaning == Pagination.Ends.Repeats.END) {
                return true;
            }
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    page.name() + " repeats " + same.name() + ": " + cause
                            + "; if an API answers so beyond its last page," + " repeats: end says so");
        }
        if (last.content().hasFirstOf(page.content())) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    page.name() + " begins with a record that " + last.name()
                            + " held: others would be read twice or not at all. The data moved while they were read, or"
                            + " the API counts records that it leaves out (step: batch); repeats: allow says that records"
                            + " may be the same");
        }
        return false;
    }

    /** Whether the page is the same as the last one with records, or as the first. */
    boolean isRepeated(Page page) {
        return (before != null && before.content().isSameAs(page.content()))
                || (first != null && first.content().isSameAs(page.content()));
    }
}
