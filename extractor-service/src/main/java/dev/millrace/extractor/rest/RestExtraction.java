package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.JsonSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.Spool;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.staging.Receipt;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.Map;

/**
 * Reads the pages of one endpoint until there are no more. A page waits in spools until it is whole and its
 * contents are believed; only then it is staged. For one thread and one run.
 */
public final class RestExtraction {
    private final Work.ExtractRest work;
    private final Pager pager;
    private final Api api;
    private final StagedRecords staged;
    private final Spool records;
    private final Spool rejects;
    private final TaskContext context;
    private long bytes;

    /**
     * @param day null when the run is not of a day
     * @param records empty, for the page that is being read
     * @param rejects empty, likewise
     */
    public RestExtraction(
            HttpClient http,
            Clock clock,
            ObjectMapper json,
            RunSecrets secrets,
            Work.ExtractRest work,
            @Nullable LocalDate day,
            StagedRecords staged,
            Spool records,
            Spool rejects,
            TaskContext context) {
        this.work = work;
        Requests requests = new Requests(work.source(), work.request(), day, secrets);
        this.pager = Pager.of(work.pagination(), requests);
        this.api = new Api(
                http,
                work.source(),
                requests.headers(),
                secrets,
                clock,
                json,
                new Attempts(work.source().retry(), clock, context));
        this.staged = staged;
        this.records = records;
        this.rejects = rejects;
        this.context = context;
    }

    public void run() throws InterruptedException {
        long pages = 0;
        String firstCursor = null;
        String lastCursor = null;
        Pager.Step step = pager.first();
        while (step != null) {
            context.checkStopped();
            if (step.cursor() != null) {
                lastCursor = step.cursor();
                firstCursor = firstCursor == null ? lastCursor : firstCursor;
            }
            Page page = read(step);
            pages++;
            step = pager.after(page);
            Long total = pager.total();
            if (total != null) {
                context.total(total);
            }
            stage(page);
        }
        staged.receipt(new Receipt(pages, staged.count(), bytes, pager.total(), firstCursor, lastCursor));
    }

    private void stage(Page page) {
        bytes += page.bytes();
        staged.stage(records, rejects);
        context.progress(staged.count(), bytes);
    }

    private Page read(Pager.Step step) throws InterruptedException {
        long started = System.nanoTime();
        Page page = api.send(step.target(), (head, body) -> sliced(step, head, body));
        context.info(page.name() + ": " + page.records() + " records, " + page.bytes() + " bytes, "
                + (System.nanoTime() - started) / 1_000_000 + " ms");
        return page;
    }

    /** @param body null when there is none, which is a page without records */
    private Page sliced(Pager.Step step, Page.Head head, @Nullable InputStream body)
            throws IOException, MalformedSource {
        records.clear();
        rejects.clear();
        if (body == null) {
            return new Page(step.name(), head, Map.of(), null, 0, 0, "");
        }
        String place = step.target().shownUrl();
        String pathInLast = pager.pathInLastRecord();
        ByteArrayOutputStream last = new ByteArrayOutputStream();
        MessageDigest hash = Hashes.sha256();
        RecordSink sink = new RecordSink() {
            private long row;

            @Override
            public void record(byte[] record, int offset, int length) {
                records.line(record, offset, length);
                if (pathInLast != null) {
                    last.reset();
                    last.write(record, offset, length);
                }
                hash.update(record, offset, length);
                hash.update((byte) '\n');
                next();
            }

            @Override
            public void reject(String reason, String start) {
                byte[] line = staged.rejectLine(place, row + 1, reason, start);
                rejects.line(line, 0, line.length);
                last.reset();
                hash.update((reason + start).getBytes(StandardCharsets.UTF_8));
                next();
            }

            private void next() {
                row++;
                if (row % 1024 == 0) {
                    context.checkStopped();
                    context.progress(staged.count() + row, bytes);
                }
            }
        };
        Counted counted = new Counted(body);
        Map<String, String> values = new JsonSlicer(counted, work.records(), pager.paths(), sink).slice();
        return new Page(
                step.name(),
                head,
                values,
                pathInLast == null || last.size() == 0 ? null : JsonSlicer.valueAt(last.toByteArray(), pathInLast),
                records.lines() + rejects.lines(),
                counted.bytes,
                HexFormat.of().formatHex(hash.digest()));
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
