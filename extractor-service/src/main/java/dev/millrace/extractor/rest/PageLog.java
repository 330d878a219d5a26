package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.LinesAside;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.worker.TaskContext;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * The log of pages. The run's log has the first ones, and those that come slowly, and counts the others once in a second; these have
 * a line each in the log of batches, which is staged and goes into the archived log. For one thread.
 */
final class PageLog implements AutoCloseable {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int FIRST = 10;

    private final TaskContext context;
    private final StagedRecords staged;
    private final LinesAside batches;
    private long said;
    private long lastLine;

    /** Since the last line. */
    private long pages;

    private long records;
    private long bytes;
    private long slowestMillis;
    private String from = "";
    private String to = "";

    PageLog(TaskContext context, StagedRecords staged) {
        this.context = context;
        this.staged = staged;
        this.batches = staged.batches();
    }

    /** @param name of the page, for people */
    void page(String name, Page page, long millis) {
        String line = String.format(
                Locale.ROOT, "%s: %d records, %d bytes, %d ms", name, page.records(), page.bytes(), millis);
        boolean due = System.nanoTime() - lastLine >= SECOND;
        if (said < FIRST || (due && pages == 0)) {
            say(line);
            return;
        }
        batches.line(staged.batchLine(line));
        from = pages == 0 ? name : from;
        to = name;
        pages++;
        records += page.records();
        bytes += page.bytes();
        slowestMillis = Math.max(slowestMillis, millis);
        if (due) {
            count();
        }
    }

    private void say(String line) {
        context.info(line);
        said++;
        lastLine = System.nanoTime();
    }

    private void count() {
        if (pages > 0) {
            say(String.format(
                    Locale.ROOT,
                    "%s to %s: %d records, %d bytes, up to %d ms each",
                    from,
                    to,
                    records,
                    bytes,
                    slowestMillis));
        }
        pages = 0;
        records = 0;
        bytes = 0;
        slowestMillis = 0;
    }

    /** Says what is left to be said, also where the pages end with a failure. */
    @Override
    public void close() {
        try (batches) {
            count();
            batches.finish();
        }
    }
}
