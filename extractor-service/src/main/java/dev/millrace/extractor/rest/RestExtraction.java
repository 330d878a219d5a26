package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.JsonSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.Spool;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.Pagination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the pages of one endpoint until there are no more. A page waits in spools until it is whole and its
 * contents are believed; only then it is staged. For one thread and one run.
 */
public final class RestExtraction {
    private final Work.ExtractRest work;
    private final Requests requests;
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
        this.requests = new Requests(work.source(), work.request(), day, secrets);
        this.api = new Api(
                http,
                work.source(),
                work.request().headers(),
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
        switch (work.pagination()) {
            case Pagination.None _ -> stage(read("the answer", requests.target(Map.of()), null));
            case Pagination.Page page -> pages(page);
        }
    }

    /**
     * What one page held.
     *
     * @param hash of the records' bytes
     * @param total that the answer declares; null when it declares none
     */
    private record Page(
            long records, long bytes, String hash, @Nullable Long total) {}

    private void pages(Pagination.Page pagination) throws InterruptedException {
        Long total = null;
        Page before = null;
        for (int number = pagination.first(); ; number++) {
            context.checkStopped();
            Map<String, String> paging = new LinkedHashMap<>();
            paging.put(pagination.page(), Integer.toString(number));
            paging.put(pagination.size(), Integer.toString(pagination.batch()));
            Page page = read("page " + number, requests.target(paging), pagination.total());
            total = declared(total, page, number, pagination);
            if (page.records() == 0) {
                break;
            }
            if (before != null && before.hash().equals(page.hash())) {
                throw new MillraceException(
                        ErrorCode.SOURCE_INCONSISTENT,
                        "page " + number + " repeats page " + (number - 1) + ": the API ignores the parameter '"
                                + pagination.page() + "'");
            }
            before = page;
            stage(page);
            if (total != null && staged.count() >= total) {
                break;
            }
        }
        if (total != null && staged.count() != total) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    "the API declares " + total + " records in '" + pagination.total() + "', but its pages hold "
                            + staged.count() + (staged.count() > total ? " or more" : ""));
        }
    }

    private @Nullable Long declared(@Nullable Long before, Page page, int number, Pagination.Page pagination) {
        Long total = page.total();
        if (pagination.total() == null || (total == null && page.records() == 0)) {
            return before;
        }
        if (total == null) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    "page " + number + " declares no total at '" + pagination.total() + "'");
        }
        if (before != null && !before.equals(total)) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    "page " + number + " declares " + total + " records in '" + pagination.total()
                            + "', the page before it " + before + ": the data changed while it was read");
        }
        context.total(total);
        return total;
    }

    private void stage(Page page) {
        bytes += page.bytes();
        staged.stage(records, rejects);
        context.progress(staged.count(), bytes);
    }

    private Page read(String name, Requests.Target target, @Nullable String totalPath) throws InterruptedException {
        long started = System.nanoTime();
        Page page = api.get(target, body -> sliced(body, target.shown(), totalPath));
        context.info(name + ": " + page.records() + " records, " + page.bytes() + " bytes, "
                + (System.nanoTime() - started) / 1_000_000 + " ms");
        return page;
    }

    /** @param body null when there is none, which is a page without records */
    private Page sliced(@Nullable InputStream body, String place, @Nullable String totalPath)
            throws IOException, MalformedSource {
        records.clear();
        rejects.clear();
        if (body == null) {
            return new Page(0, 0, "", null);
        }
        MessageDigest hash = sha256();
        RecordSink sink = new RecordSink() {
            private long row;

            @Override
            public void record(byte[] record, int offset, int length) {
                records.line(record, offset, length);
                hash.update(record, offset, length);
                hash.update((byte) '\n');
                next();
            }

            @Override
            public void reject(String reason, String start) {
                byte[] line = staged.rejectLine(place, row + 1, reason, start);
                rejects.line(line, 0, line.length);
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
        String token = new JsonSlicer(counted, work.records(), totalPath, sink).slice();
        return new Page(
                records.lines() + rejects.lines(),
                counted.bytes,
                HexFormat.of().formatHex(hash.digest()),
                number(token, totalPath));
    }

    private static @Nullable Long number(@Nullable String token, @Nullable String path) throws MalformedSource {
        if (token == null || token.equals("null")) {
            return null;
        }
        if (!token.matches("[0-9]{1,18}")) {
            throw new MalformedSource("'" + path + "' is '" + token.substring(0, Math.min(40, token.length()))
                    + "' (expected: the number of records)");
        }
        return Long.valueOf(token);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
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
