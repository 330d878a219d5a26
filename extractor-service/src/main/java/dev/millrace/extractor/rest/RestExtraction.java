package dev.millrace.extractor.rest;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.staging.Receipt;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The extraction of one endpoint of an API, page after page until there are no more. A page waits in spools until it
 * is whole and its contents are believed; only then it is staged, in the order of the pages, while the next ones are
 * read. For one thread and one run.
 */
final class RestExtraction {
    private final Pager pager;
    private final Pages.Reader reader;
    /** Null: each page is asked for once. */
    private final @Nullable PropertyParts parts;

    private final Api api;
    private final StagedRecords staged;
    private final Path scratch;
    private final int pageBytes;
    private final TaskContext context;
    private final PageLog log;
    /** Of pages that are staged. */
    private final AtomicLong records = new AtomicLong();

    private final AtomicLong bytes = new AtomicLong();
    /** Null: nobody looks for what is new. */
    private final @Nullable RunCursor cursor;

    private long pages;
    private @Nullable String firstCursor;
    private @Nullable String lastCursor;

    /**
     * @param scratch folder for pages that are larger than memory
     * @param pageBytes to be held in memory, of all pages that are being read
     */
    RestExtraction(Apis apis, Extraction<RestSource, RestRead> extraction, Path scratch, int pageBytes) {
        RunCursor cursor = RunCursor.of(extraction);
        Requests requests = apis.requests(extraction.read().request(), cursor == null ? null : cursor.asked());
        this(apis, requests, cursor, extraction, scratch, pageBytes);
    }

    /**
     * @param requests for the list
     * @param cursor of the run, with which they are made
     */
    RestExtraction(
            Apis apis,
            Requests requests,
            @Nullable RunCursor cursor,
            Extraction<RestSource, RestRead> extraction,
            Path scratch,
            int pageBytes) {
        RestRead wanted = extraction.read();
        this.context = extraction.context();
        this.cursor = cursor;
        this.staged = extraction.staged();
        this.log = new PageLog(context, staged);
        this.pager = FirstPages.of(Pager.of(wanted.pagination(), requests, context::warn), staged);
        this.api = apis.of(requests, wanted.format(), pager.parallel());
        if (wanted.format().isFlat()) {
            staged.ofTexts();
        }
        this.scratch = scratch;
        this.parts = PropertyParts.of(wanted.properties(), scratch, pageBytes / 2, pager.parallel());
        this.pageBytes = parts == null ? pageBytes : pageBytes / 2;
        PageReader all = new PageReader(
                wanted,
                extraction.columns(),
                new AnswerRules(extraction.source(), wanted.request(), wanted.records() != null),
                pager,
                api,
                staged,
                ListNotes.of(context, row -> context.progress(records.get() + row, bytes.get())),
                cursor,
                null);
        this.reader = all.by(parts);
    }

    void run() throws InterruptedException {
        if (parts != null && parts.count() > 1) {
            context.info("each page is asked for in " + parts.count() + " parts, which are joined by " + parts.key());
        }
        try (log;
                Pages all = new Pages(pager, reader, scratch, pageBytes)) {
            all.forEach(this::stage);
        } finally {
            api.end();
        }
        if (cursor != null) {
            cursor.tell(staged, context);
        }
        staged.receipt(new Receipt(
                pages,
                staged.count(),
                bytes.get(),
                pager.total(),
                firstCursor,
                lastCursor,
                cursor == null ? null : cursor.records().without()));
    }

    private void stage(Pager.Step step, Pages.Fetched fetched, Pages.Slot slot) {
        context.checkStopped();
        Page page = fetched.page();
        log.page(page.name(), page, fetched.millis());
        String handedOut = step.cursor();
        if (handedOut != null) {
            lastCursor = handedOut;
            firstCursor = firstCursor == null ? handedOut : firstCursor;
        }
        Long total = pager.total();
        if (total != null) {
            context.total(total);
        }
        if (cursor != null && page.cursors() != null) {
            cursor.records().add(page.cursors());
        }
        pages++;
        bytes.addAndGet(page.bytes());
        staged.stage(slot.records(), slot.rejects(), PageReader.place(step));
        records.set(staged.count());
        context.progress(staged.count(), bytes.get());
    }
}
