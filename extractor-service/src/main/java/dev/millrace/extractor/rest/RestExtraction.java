package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.JsonSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.FileSelection;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.service.ServiceClient;
import dev.millrace.staging.Receipt;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads the pages of one endpoint until there are no more. A page waits in spools until it is whole and its
 * contents are believed; only then it is staged, in the order of the pages, while the next ones are read. For one thread
 * and one run.
 */
public final class RestExtraction {
    private final Work.ExtractRest work;
    private final @Nullable JsonPath recordsPath;
    private final Pager pager;
    private final Api api;
    private final StagedRecords staged;
    private final Path scratch;
    private final int pageBytes;
    private final TaskContext context;
    /** Of pages that are staged. */
    private final AtomicLong records = new AtomicLong();

    private final AtomicLong bytes = new AtomicLong();
    private long pages;
    private @Nullable String firstCursor;
    private @Nullable String lastCursor;

    /**
     * @param scratch folder for pages that are larger than memory
     * @param pageBytes to be held in memory, of all pages that are being read
     */
    public RestExtraction(
            SourceConnections http,
            Clock clock,
            ObjectMapper json,
            ServiceClient services,
            RunSecrets secrets,
            Task task,
            Work.ExtractRest work,
            StagedRecords staged,
            Path scratch,
            int pageBytes,
            TaskContext context,
            SourceCalls calls) {
        this.work = work;
        this.recordsPath = work.records() == null ? null : JsonPath.of(work.records());
        Requests requests = new Requests(work.source(), work.request(), task.day(), secrets);
        this.pager = Pager.of(work.pagination(), requests);
        SourceLimiter limiter = SourceLimiter.of(task, work.source().limits(), pager.parallel(), services, context);
        this.api =
                new Api(http, work.source(), requests, secrets, new RunContext(context, clock, json, limiter, calls));
        this.staged = staged;
        this.scratch = scratch;
        this.pageBytes = pageBytes;
        this.context = context;
    }

    public void run() throws InterruptedException {
        try (Pages all = new Pages(pager, this::read, scratch, pageBytes)) {
            all.forEach(this::stage);
        } finally {
            api.end();
        }
        staged.receipt(new Receipt(pages, staged.count(), bytes.get(), pager.total(), firstCursor, lastCursor));
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
        pages++;
        bytes.addAndGet(page.bytes());
        staged.stage(slot.records(), slot.rejects());
        records.set(staged.count());
        context.progress(staged.count(), bytes.get());
    }

    private Pages.Fetched read(Pager.Step step, Pages.Slot slot) throws InterruptedException {
        long started = System.nanoTime();
        Page page = api.send(step.target(), (head, body) -> sliced(step, head, body, slot));
        return new Pages.Fetched(page, (System.nanoTime() - started) / 1_000_000);
    }

    /** @param body null when there is none, which is a page without records */
    private Page sliced(Pager.Step step, Page.Head head, @Nullable InputStream body, Pages.Slot slot)
            throws IOException, MalformedSource {
        slot.records().clear();
        slot.rejects().clear();
        int status = head.status();
        if ((status == 202 || status == 204) && work.request().missing() == FileSelection.Missing.FAIL) {
            throw new MalformedSource("the status " + status + ", which says that there is nothing"
                    + (status == 202 ? " yet" : "") + ", where records should be; with missing: allow it is a page without any");
        }
        if (body == null) {
            return new Page(step.name(), head, Map.of(), null, 0, 0, new Page.Content(0, 0));
        }
        Lines lines = new Lines(step.target().shownUrl(), slot);
        Counted counted = new Counted(body);
        Map<JsonPath, String> values = new JsonSlicer(
                        counted,
                        recordsPath,
                        work.request().single(),
                        work.request().missing(),
                        pager.paths(),
                        staged.checked(lines))
                .slice();
        JsonPath pathInLast = pager.pathInLastRecord();
        byte[] last = lines.last.toByteArray();
        return new Page(
                step.name(),
                head,
                values,
                pathInLast == null || last.length == 0 ? null : JsonSlicer.valueAt(last, pathInLast),
                lines.row,
                counted.bytes,
                lines.content.value());
    }

    /** The records of one page on their way into its slot. */
    private final class Lines implements RecordSink {
        private final String place;
        private final Pages.Slot slot;
        private final boolean keepLast = pager.pathInLastRecord() != null;
        private final ByteArrayOutputStream last = new ByteArrayOutputStream();
        private final Checksum content = new Checksum();
        private long row;

        Lines(String place, Pages.Slot slot) {
            this.place = place;
            this.slot = slot;
        }

        @Override
        public void record(byte[] record, int offset, int length) {
            slot.records().line(record, offset, length);
            if (keepLast) {
                last.reset();
                last.write(record, offset, length);
            }
            content.add(record, offset, length);
            next();
        }

        @Override
        public void reject(String reason, String start) {
            byte[] line = staged.rejectLine(place, row + 1, reason, start);
            slot.rejects().line(line, 0, line.length);
            last.reset();
            byte[] shown = (reason + start).getBytes(StandardCharsets.UTF_8);
            content.add(shown, 0, shown.length);
            next();
        }

        private void next() {
            row++;
            if (row % 1024 == 0) {
                context.checkStopped();
                context.progress(records.get() + row, bytes.get());
            }
        }
    }

    private static final class Counted extends FilterInputStream {
        private long bytes;

        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int b = in.read();
            bytes += b < 0 ? 0 : 1;
            return b;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = in.read(buffer, offset, length);
            bytes += Math.max(0, count);
            return count;
        }
    }
}
