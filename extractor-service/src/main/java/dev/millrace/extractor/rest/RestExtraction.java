package dev.millrace.extractor.rest;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.extractor.secret.TokenSeal;
import dev.millrace.pipeline.CursorReference;
import dev.millrace.pipeline.rest.RestCursor;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.GatewayCalls;
import dev.millrace.staging.Receipt;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The extraction of one endpoint of an API, page after page until there are no more. A page waits in spools until it
 * is whole and its contents are believed; only then it is staged, in the order of the pages, while the next ones are
 * read. For one thread and one run.
 */
final class RestExtraction {
    private final Pager pager;
    private final PageReader reader;
    private final Api api;
    private final StagedRecords staged;
    private final Path scratch;
    private final int pageBytes;
    private final TaskContext context;
    /** Of pages that are staged. */
    private final AtomicLong records = new AtomicLong();

    private final AtomicLong bytes = new AtomicLong();
    private final Work.@Nullable ExtractIncrement increment;
    /** Of records that are staged; null: nobody looks for what is new. */
    private final @Nullable RecordCursors cursors;

    private long pages;
    private @Nullable String firstCursor;
    private @Nullable String lastCursor;

    /**
     * @param scratch folder for pages that are larger than memory
     * @param pageBytes to be held in memory, of all pages that are being read
     */
    RestExtraction(
            SourceConnections http,
            Clock clock,
            ObjectMapper json,
            GatewayCalls gateway,
            RunSecrets secrets,
            TokenSeal seal,
            Extraction<RestSource, RestRead> extraction,
            Path scratch,
            int pageBytes,
            SourceCalls calls) {
        RestRead wanted = extraction.read();
        this.context = extraction.context();
        Task task = extraction.task();
        RestSource source = extraction.source();
        this.increment = extraction.increment();
        RestCursor cursor = wanted.cursor();
        this.cursors = cursor == null ? null : new RecordCursors(cursor);
        Requests requests =
                new Requests(source, wanted.request(), task.day(), cursor == null ? null : asked(cursor), secrets);
        this.pager = Pager.of(wanted.pagination(), requests, context::warn);
        SourceLimiter limiter = SourceLimiter.of(task, source.limits(), pager.parallel(), gateway, context);
        RefreshTokens tokens = new RefreshTokens(task, gateway, seal, secrets, context);
        this.api = new Api(
                http, source, requests, secrets, new RunContext(context, clock, json, limiter, tokens, calls), scratch);
        this.staged = extraction.staged();
        this.reader = new PageReader(
                wanted,
                new AnswerRules(source, wanted.request(), wanted.records() != null),
                pager,
                api,
                staged,
                context,
                row -> context.progress(records.get() + row, bytes.get()));
        this.scratch = scratch;
        this.pageBytes = pageBytes;
    }

    /** What the request asks with; null: for everything. */
    private @Nullable String asked(RestCursor cursor) {
        String start = start();
        if (start == null) {
            return cursor.initial();
        }
        if (!CursorReference.isUsable(start)) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED, "the cursor of the endpoint can't be sent (expected: another one)");
        }
        return cursor.overlap() == null ? start : CursorText.of(start).less(cursor.overlap());
    }

    private @Nullable String start() {
        return increment == null ? null : increment.start();
    }

    void run() throws InterruptedException {
        try (Pages all = new Pages(pager, reader, scratch, pageBytes)) {
            all.forEach(this::stage);
        } finally {
            api.end();
        }
        if (cursors != null && increment != null && increment.committed() != null) {
            String committed = increment.committed().value();
            String next = cursors.next(start());
            staged.cursor(committed, next);
            context.info("records by " + cursors.path() + ": "
                    + (start() == null ? "everything" : "from " + start() + " on")
                    + (next == null ? ", none has come" : ", up to " + next));
        }
        staged.receipt(new Receipt(
                pages,
                staged.count(),
                bytes.get(),
                pager.total(),
                firstCursor,
                lastCursor,
                cursors == null ? null : cursors.without()));
    }

    private void stage(Pager.Step step, Pages.Fetched fetched, Pages.Slot slot) {
        context.checkStopped();
        Page page = fetched.page();
        context.info(page.name() + ": " + page.records() + " records, " + page.bytes() + " bytes, " + fetched.millis()
                + " ms");
        String cursor = step.cursor();
        if (cursor != null) {
            lastCursor = cursor;
            firstCursor = firstCursor == null ? cursor : firstCursor;
        }
        Long total = pager.total();
        if (total != null) {
            context.total(total);
        }
        if (cursors != null && page.cursors() != null) {
            cursors.add(page.cursors());
        }
        pages++;
        bytes.addAndGet(page.bytes());
        staged.stage(slot.records(), slot.rejects(), PageReader.place(step));
        records.set(staged.count());
        context.progress(staged.count(), bytes.get());
    }
}
