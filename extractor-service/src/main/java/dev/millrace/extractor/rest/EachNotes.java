package dev.millrace.extractor.rest;

import dev.millrace.worker.TaskContext;

/**
 * What is said while many lists are read: the first warnings, and then how many more there were. For any number of
 * threads.
 */
final class EachNotes {
    private static final int NAMED = 5;

    private final TaskContext context;
    private long warnings;

    EachNotes(TaskContext context) {
        this.context = context;
    }

    ListNotes of(Each each) {
        return new ListNotes(context::checkStopped, _ -> {}, text -> warn(each, text), _ -> {});
    }

    synchronized void warn(Each each, String text) {
        warnings++;
        if (warnings <= NAMED) {
            context.warn(text + "; sent for " + each.shown());
        } else if (warnings == NAMED + 1) {
            context.warn("there are more such warnings; at the end they are counted");
        }
    }

    /** After the last list. */
    synchronized void end() {
        if (warnings > NAMED) {
            context.warn(warnings + " such warnings in all, of which the first " + NAMED + " are above");
        }
    }
}
