package dev.millrace.extractor.rest;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.record.LinesAside;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.rest.ForEach;
import dev.millrace.pipeline.rest.Listing;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What the requests of a run are sent for: read as a whole before any of them is sent, so that it can't change under
 * them, each of it once, and staged aside. What lacks something becomes a reject. For one thread.
 */
final class EachSubjects {
    private final Apis apis;
    private final ForEach forEach;
    private final RestSource source;
    private final @Nullable RunCursor cursor;
    private final StagedRecords staged;
    private final TaskContext context;
    private final Path scratch;
    private final int pageBytes;
    private final KeptFields kept;
    private final SeenKeys seen = new SeenKeys();
    private long pages;
    private long bytes;
    private long all;
    private long repeated;
    private long rejected;

    /** @param cursor of the list; null: all of it is read, or there is none */
    EachSubjects(
            Apis apis,
            Extraction<RestSource, RestRead> extraction,
            ForEach forEach,
            @Nullable RunCursor cursor,
            Path scratch,
            int pageBytes) {
        this.apis = apis;
        this.forEach = forEach;
        this.source = extraction.source();
        this.cursor = cursor;
        this.staged = extraction.staged();
        this.context = extraction.context();
        this.scratch = scratch;
        this.pageBytes = pageBytes;
        this.kept = new KeptFields(forEach, extraction.read().request());
    }

    /** Reads and stages all of it. */
    List<Part> stage() throws InterruptedException {
        try (LinesAside lines = staged.aside("each")) {
            Listing list = forEach.list();
            ForEach.Range range = forEach.range();
            if (list != null) {
                readList(list.read(), lines);
            } else if (range != null) {
                for (long i = 0; i < range.count(); i++) {
                    String value = range.at(i);
                    take(range.isOfNumbers() ? value : '"' + value + '"', i, "range", lines);
                }
            } else if (forEach.file() != null) {
                new EachFile(forEach.file()).read(kept.paths(), context::info, new OfFile(forEach.file(), lines));
            } else if (forEach.query() != null) {
                readRows(lines);
            } else {
                for (int i = 0; i < forEach.values().size(); i++) {
                    take('"' + JsonBody.escaped(forEach.values().get(i)) + '"', i, "values", lines);
                }
            }
            if (repeated > 0) {
                context.warn(repeated + " of what the requests are sent for " + (repeated == 1 ? "is" : "are")
                        + " there more than once, by what the requests say of it; they are sent once for each");
            }
            context.info("requests are sent for " + all + " of " + forEach.as()
                    + (rejected == 0 ? "" : ", and not for " + rejected + " that were rejected"));
            return lines.finish();
        }
    }

    EachCheckpoint.Counts counts() {
        return new EachCheckpoint.Counts(pages, all, repeated, rejected, 0, 0, 0, bytes);
    }

    private void readRows(LinesAside lines) throws InterruptedException {
        if (staged.isSample()) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "forEach.query: which rows there are to send requests for, only a run asks the warehouse, so nothing can"
                            + " be looked at before one (expected: a run; or forEach.values with one of them, to look)");
        }
        List<String> fields = kept.paths().stream()
                .map(path -> path.steps().getFirst() instanceof JsonPath.Step.Name name ? name.name() : path.toString())
                .distinct()
                .toList();
        apis.rows().forEach(fields, (json, row) -> take(json, "forEach.query of the pipeline file", row, 0, lines));
    }

    private void readList(RestRead list, LinesAside lines) throws InterruptedException {
        Requests requests = apis.requests(list.request(), cursor == null ? null : cursor.asked());
        Pager pager = FirstPages.of(Pager.of(list.pagination(), requests, context::warn), staged);
        Api api = apis.of(requests, list.format(), pager.parallel());
        PageReader reader = new PageReader(
                list,
                List.of(),
                new AnswerRules(source, list.request(), list.records() != null),
                pager,
                api,
                staged,
                ListNotes.of(context, _ -> {}),
                cursor,
                null);
        try (PageLog log = new PageLog(context, staged);
                Pages read = new Pages(pager, reader, scratch, pageBytes)) {
            read.forEach((step, fetched, slot) -> takePage(step, fetched, slot, lines, log));
        } finally {
            api.end();
        }
    }

    private void takePage(Pager.Step step, Pages.Fetched fetched, Pages.Slot slot, LinesAside lines, PageLog log) {
        context.checkStopped();
        Page page = fetched.page();
        log.page(page.name() + " of what the requests are sent for", page, fetched.millis());
        if (cursor != null && page.cursors() != null) {
            cursor.records().add(page.cursors());
        }
        pages++;
        bytes += page.bytes();
        String place = PageReader.place(step);
        slot.records()
                .forEachLine((line, offset, length, row) ->
                        take(Arrays.copyOfRange(line, offset, offset + length), place, row, 0, lines));
        slot.rejects().forEachLine((line, offset, length, _) -> {
            rejected++;
            staged.stageReject(Arrays.copyOfRange(line, offset, offset + length));
        });
        context.progress(staged.count(), bytes);
    }

    /** Takes the records of a file. */
    private final class OfFile implements RecordSink {
        private final String file;
        private final LinesAside lines;
        private long row;
        private long line;

        OfFile(String file, LinesAside lines) {
            this.file = file;
            this.lines = lines;
        }

        @Override
        public void beginsAt(long beginning) {
            line = beginning;
        }

        @Override
        public void record(byte[] bytes, int offset, int length) {
            row++;
            take(Arrays.copyOfRange(bytes, offset, offset + length), file, row, line, lines);
        }

        @Override
        public void reject(String reason, String start) {
            row++;
            EachSubjects.this.reject(file, row, line, reason, start);
        }
    }

    private void take(String json, long index, String key, LinesAside lines) {
        take(json.getBytes(StandardCharsets.UTF_8), "forEach." + key + " of the pipeline file", index + 1, 0, lines);
    }

    private void reject(String place, long row, long line, String reason, String start) {
        rejected++;
        staged.stageReject(staged.rejectLine(place, row, line == 0 ? null : line, reason, start));
    }

    /** @param lineInFile 0: there are no lines */
    private void take(byte[] json, String place, long row, long lineInFile, LinesAside lines) {
        if (row % 1024 == 0) {
            context.checkStopped();
        }
        switch (kept.of(json)) {
            case KeptFields.Kept.Unfit(String reason) ->
                reject(place, row, lineInFile, reason, new String(json, StandardCharsets.UTF_8));
            case KeptFields.Kept.Line(String line, String key) -> {
                if (!forEach.isSingle() && !seen.add(key)) { // values differ by the rules of the file
                    repeated++;
                    return;
                }
                all++;
                if (all > forEach.maxRequests()) {
                    throw new MillraceException(
                            ErrorCode.SOURCE_INCONSISTENT,
                            "there are more than " + forEach.maxRequests() + " to send requests for, which is the most"
                                    + " that forEach.maxRequests allows");
                }
                lines.line(line.getBytes(StandardCharsets.UTF_8));
            }
        }
    }
}
