package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.JsonSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.pipeline.CursorReference;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.NullCursors;
import dev.millrace.pipeline.rest.RestCursor;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

/** The cursors of the records of a page, or of a run, as they go by. For one thread. */
final class RecordCursors {
    private final RestCursor wanted;
    private final @Nullable Settled settled;
    private final JsonPath path;
    private @Nullable CursorText latest;
    private long without;
    private long newer;

    /** @param settled which of the records are read; null: all */
    RecordCursors(RestCursor wanted, @Nullable Settled settled) {
        this.wanted = wanted;
        this.settled = settled;
        this.path = JsonPath.of(wanted.path());
    }

    /**
     * Looks at a record.
     *
     * @return whether it is to be read
     * @throws MillraceException when it has no cursor and must have one, or has one that can't be one
     */
    boolean see(byte[] bytes, int offset, int length) {
        String text = text(Arrays.copyOfRange(bytes, offset, offset + length));
        if (text == null) {
            without++;
            if (wanted.nulls() == NullCursors.FAIL) {
                throw new MillraceException(
                        ErrorCode.SOURCE_INCONSISTENT,
                        "a record has no " + wanted.path()
                                + ", by which the next run finds what is new (expected: a value in each; or nulls:"
                                + " include, or nulls: skip)");
            }
            return wanted.nulls() == NullCursors.INCLUDE;
        }
        if (!CursorReference.isUsable(text)) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    "the " + wanted.path() + " of a record can't be a cursor: it has " + text.length()
                            + " characters (expected: 1 to 1000, none of them a control character)");
        }
        CursorText cursor = CursorText.of(text);
        if (settled != null && !settled.has(cursor)) {
            newer++;
            return false;
        }
        take(cursor);
        return true;
    }

    private @Nullable String text(byte[] record) {
        try {
            return JsonSlicer.valueAt(record, path);
        } catch (MalformedSource e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED, "the cursor of a record can't be read: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
    }

    private void take(CursorText text) {
        CursorText before = latest;
        switch (wanted.take()) {
            case LAST -> latest = text;
            case MAX -> {
                // the first one is compared with itself, to see that it can be
                if (text.isAfter(before == null ? text : before) || before == null) {
                    latest = text;
                }
            }
        }
    }

    /** Takes over what a page has, which comes behind what was taken before. */
    void add(RecordCursors page) {
        without += page.without;
        newer += page.newer;
        if (page.latest != null) {
            take(page.latest);
        }
    }

    /**
     * Takes over what an earlier attempt has found.
     *
     * @param found null: none
     */
    void add(@Nullable String found, long foundWithout) {
        without += foundWithout;
        if (found != null) {
            take(CursorText.of(found));
        }
    }

    /** The one that counts so far; null: none has come. */
    @Nullable
    String latest() {
        return latest == null ? null : latest.text();
    }

    /** Where they stand in a record. */
    String path() {
        return wanted.path();
    }

    long without() {
        return without;
    }

    /** How many are left to a later run. */
    long newer() {
        return newer;
    }

    /**
     * Where the next run begins.
     *
     * @param start where this one did, behind which it never goes back; null: at the start of everything
     */
    @Nullable
    String next(@Nullable String start) {
        if (start != null
                && latest != null
                && wanted.take() == RestCursor.Take.MAX
                && !latest.isAfter(CursorText.of(start))) {
            return start;
        }
        return latest == null ? start : latest.text();
    }
}
