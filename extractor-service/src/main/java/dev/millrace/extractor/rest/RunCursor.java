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

/** The cursor of a run: what its requests ask with, and where the next run begins. For one thread. */
final class RunCursor {
    private final RestCursor wanted;
    private final Work.@Nullable ExtractIncrement increment;
    private final RecordCursors records;

    /** @param increment null: everything is read */
    RunCursor(RestCursor wanted, Work.@Nullable ExtractIncrement increment) {
        this.wanted = wanted;
        this.increment = increment;
        this.records = new RecordCursors(wanted);
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
                    + (next == null ? ", none has come" : ", up to " + next));
        }
    }
}
