package dev.millrace.extractor.rest;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.CursorReference;
import dev.millrace.pipeline.rest.RestCursor;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.time.Instant;

/** The cursor of a run: what its requests ask with, and where the next run begins. For one thread. */
final class RunCursor {
    private final RestCursor wanted;
    private final Work.@Nullable ExtractIncrement increment;
    private final @Nullable Settled settled;
    private final RecordCursors records;

    /** @param increment null: everything is read */
    RunCursor(RestCursor wanted, Work.@Nullable ExtractIncrement increment) {
        this.wanted = wanted;
        this.increment = increment;
        this.settled = Settled.of(wanted);
        this.records = ofPage();
    }

    /** That of an endpoint; null: nobody looks for what is new. */
    static @Nullable RunCursor of(Extraction<RestSource, RestRead> extraction) {
        RestCursor wanted = extraction.read().cursor();
        return wanted == null ? null : new RunCursor(wanted, extraction.increment());
    }

    /** What the requests ask with; null: for everything. */
    @Nullable
    String asked() {
        String start = start();
        if (start == null) {
            return wanted.initial();
        }
        if (!CursorReference.isUsable(start)) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED, "the cursor of the endpoint can't be sent (expected: another one)");
        }
        return wanted.overlap() == null ? start : CursorText.of(start).less(wanted.overlap());
    }

    /** Where the run before ended; null: at the start of everything. */
    @Nullable
    String start() {
        return increment == null ? null : increment.start();
    }

    /** For the records of a page; may be called by several threads. */
    RecordCursors ofPage() {
        return new RecordCursors(wanted, settled);
    }

    /** Notes that an answer has come, before its records are looked at; may be called by several threads. */
    void answered(Page.Head head) {
        if (settled != null) {
            settled.answered(head.headers());
        }
    }

    /** Until when records are read; null: there is no end, or no answer yet. */
    @Nullable
    Instant until() {
        return settled == null ? null : settled.until();
    }

    /**
     * Goes on with what an earlier attempt has found.
     *
     * @param found the latest cursor of its records; null: none
     * @param without how many of them had none
     */
    void goOn(@Nullable String found, long without, @Nullable Instant until) {
        records.add(found, without);
        if (settled != null) {
            settled.until(until);
        }
    }

    /** Of the records that have come. */
    RecordCursors records() {
        return records;
    }

    /** Says where the next run begins. */
    void tell(StagedRecords staged, TaskContext context) {
        if (increment != null && increment.committed() != null) {
            String next = records.next(start());
            staged.cursor(increment.committed().value(), next);
            context.info("records by " + records.path() + ": "
                    + (start() == null ? "everything" : "from " + start() + " on")
                    + (next == null ? ", none has come" : ", up to " + next)
                    + (records.newer() == 0 ? "" : "; " + records.newer() + " newer records are left to a later run"));
        }
    }
}
