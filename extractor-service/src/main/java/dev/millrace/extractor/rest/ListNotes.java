package dev.millrace.extractor.rest;

import dev.millrace.worker.TaskContext;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * What is said while a list is read.
 *
 * @param check throws when the run no longer wants it
 * @param progress takes the number of records of a page that is being read, once in a while
 */
record ListNotes(Runnable check, Consumer<String> info, Consumer<String> warn, LongConsumer progress) {
    static ListNotes of(TaskContext context, LongConsumer progress) {
        return new ListNotes(context::checkStopped, context::info, context::warn, progress);
    }

    /** The same, for what is only a part of a page. */
    ListNotes withoutProgress() {
        return new ListNotes(check, info, warn, _ -> {});
    }
}
