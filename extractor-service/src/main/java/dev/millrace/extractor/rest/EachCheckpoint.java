package dev.millrace.extractor.rest;

import dev.millrace.staging.Part;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.List;

/**
 * What an attempt has staged of the lists that it was sent for, for the attempt after it.
 *
 * @param start the cursor that the requests began with; null: they ask for everything
 * @param list parts of what the requests are sent for; of all that there is in the first checkpoint, and none after it
 * @param parts of records since the checkpoint before
 * @param rejects of rejects since the checkpoint before
 * @param counts since the beginning
 * @param cursor the largest one of the records since the beginning; null: none has come
 * @param withoutCursor records without one
 * @param until the moment behind which records are left to a later run; null: none are
 */
@Serdeable
record EachCheckpoint(
        @Nullable String start,
        List<Part> list,
        List<Part> parts,
        List<Part> rejects,
        Counts counts,
        @Nullable String cursor,
        long withoutCursor,
        @Nullable Instant until) {
    EachCheckpoint {
        list = List.copyOf(list);
        parts = List.copyOf(parts);
        rejects = List.copyOf(rejects);
    }

    /**
     * How far it has come.
     *
     * @param listPages answers of the list that the requests are sent for
     * @param all how many the requests are to be sent for
     * @param repeated that were there before
     * @param rejected that lack something
     * @param done for how many of {@code all} everything is staged
     * @param skipped of them without records, as the file says
     * @param pages answers to the requests
     * @param bytes of all answers
     */
    @Serdeable
    record Counts(
            long listPages, long all, long repeated, long rejected, long done, long skipped, long pages, long bytes) {
        Counts and(EachLists.Read one) {
            return new Counts(
                    listPages,
                    all,
                    repeated,
                    rejected,
                    done + 1,
                    skipped + (one.skipped() ? 1 : 0),
                    pages + one.pages(),
                    bytes + one.bytes());
        }
    }
}
