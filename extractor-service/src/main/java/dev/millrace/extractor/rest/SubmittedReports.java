package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.Checkpoints;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/**
 * The report that an attempt waits for, kept in staging: an attempt after one that died goes on with it, and one after an
 * attempt that has failed submits another. For one thread.
 */
final class SubmittedReports {
    private final Checkpoints checkpoints;
    private final ObjectMapper json;
    private final TaskContext context;
    private final @Nullable String start;
    private @Nullable ReportCheckpoint kept;

    /** @param start the cursor that a report is submitted with; null: for everything */
    SubmittedReports(Checkpoints checkpoints, ObjectMapper json, TaskContext context, @Nullable String start) {
        this.checkpoints = checkpoints;
        this.json = json;
        this.context = context;
        this.start = start;
    }

    /** That of the attempt before this one; null: there is none that can be gone on with. */
    @Nullable
    ReportCheckpoint earlier() {
        try {
            List<byte[]> documents = checkpoints.ofAnEarlierAttempt();
            if (documents.isEmpty()) {
                return null;
            }
            ReportCheckpoint last =
                    Objects.requireNonNull(json.readValue(documents.getLast(), Argument.of(ReportCheckpoint.class)));
            return last.ended() || !Objects.equals(last.start(), start) ? null : last;
        } catch (MillraceException e) {
            if (e.code() != ErrorCode.STAGING_CORRUPT) {
                throw e;
            }
            context.warn(
                    "what an earlier attempt has left can't be used, so another report is submitted: " + e.detail());
        } catch (IOException e) {
            context.warn("what an earlier attempt has left can't be read, so another report is submitted: "
                    + e.getMessage());
        }
        return null;
    }

    /** Keeps the report that is waited for from now on. */
    void keep(ReportCheckpoint report) {
        try {
            checkpoints.add(json.writeValueAsBytes(report));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
        kept = report;
    }

    /** No attempt goes on with the report, since this one has failed with it or has cancelled it. */
    void giveUp() throws InterruptedException {
        ReportCheckpoint waitedFor = kept;
        if (waitedFor == null) {
            return;
        }
        try {
            Uninterrupted.call(() -> {
                keep(waitedFor.asEnded());
                return true;
            });
        } catch (MillraceException e) { // the attempt after this one finds out by itself
            context.warn("an attempt after this one may wait for report " + waitedFor.id() + ": " + e.detail());
        }
    }
}
