package dev.millrace.extractor.rest;

import dev.millrace.extractor.format.FormattedRecords;
import dev.millrace.extractor.record.JsonRows;
import dev.millrace.extractor.record.JsonSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.extractor.record.TolerantJson;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The answers of one list: each is asked for, understood by its status and the conditions of the file, and cut into
 * records, which wait in a slot. For as many threads as read pages of the list.
 */
final class PageReader implements Pages.Reader {
    /** Statuses by which an API says that there is no such page. */
    private static final Set<Integer> NOT_THERE = Set.of(400, 404, 410, 416, 422);

    private final RestRead wanted;
    private final AnswerRules rules;
    private final @Nullable JsonPath recordsPath;
    /** Null: answers are JSON. */
    private final @Nullable FormattedRecords formatted;

    /** Of JSON; null: its records are objects. */
    private final @Nullable JsonRows rows;

    private final Pager pager;
    private final Api api;
    private final StagedRecords staged;
    private final ListNotes notes;
    private final @Nullable RunCursor cursor;
    private final Form form;

    /** How the lines of a page are made, which go into a slot. */
    interface Form {
        PageLines of(String place, Pages.Slot slot);
    }

    /**
     * @param columns what records of fields alone have to name; empty: anything
     * @param cursor null: nobody looks for those of the records
     * @param each what the list is asked for, which each record gets as a field; null: for nothing
     */
    PageReader(
            RestRead wanted,
            List<String> columns,
            AnswerRules rules,
            Pager pager,
            Api api,
            StagedRecords staged,
            ListNotes notes,
            @Nullable RunCursor cursor,
            @Nullable Each each) {
        boolean ofJson = wanted.format() instanceof Format.Json; // where the URL and the row say more than the line
        Form lines = (place, slot) ->
                new PageLines(place, slot, staged, notes, cursor, pager.pathInLastRecord(), each, !ofJson);
        this(wanted, columns, rules, pager, api, staged, notes, cursor, lines);
    }

    private PageReader(
            RestRead wanted,
            List<String> columns,
            AnswerRules rules,
            Pager pager,
            Api api,
            StagedRecords staged,
            ListNotes notes,
            @Nullable RunCursor cursor,
            Form form) {
        this.wanted = wanted;
        this.rules = rules;
        this.recordsPath = wanted.records() == null ? null : JsonPath.of(wanted.records());
        this.formatted = wanted.format() instanceof Format.Json
                ? null
                : new FormattedRecords(
                        wanted.format(), recordsPath, wanted.request().missing(), columns, notes.info(), null);
        this.rows = wanted.format() instanceof Format.Json json ? JsonRows.of(json.columns(), json.keyedBy()) : null;
        this.pager = pager;
        this.api = api;
        this.staged = staged;
        this.notes = notes;
        this.cursor = cursor;
        this.form = form;
    }

    /** What reads pages of the list, each of which is asked for in parts; null: it is asked for once. */
    Pages.Reader by(@Nullable PropertyParts parts) {
        return parts == null ? this : new JoinedPages(this, parts, pager, wanted.pagination(), api, staged, notes);
    }

    /** What reads the same pages, and takes their records as they come. */
    PageReader ofParts() {
        Form asTheyCome =
                (place, slot) -> new PageLines(place, slot, staged, notes.withoutProgress(), null, null, null, false);
        return new PageReader(wanted, List.of(), rules, pager, api, staged, notes, cursor, asTheyCome);
    }

    /** The lines of a page that is made of others. */
    PageLines lines(Pager.Step step, Pages.Slot slot) {
        return form.of(place(step), slot);
    }

    @Override
    public Pages.Fetched read(Pager.Step step, Pages.Slot slot) throws InterruptedException {
        long started = System.nanoTime();
        Page page = api.send(step.target(), new Api.AnswerReader<Page>() {
            @Override
            public Page read(Page.Head head, @Nullable InputStream body) throws IOException, MalformedSource {
                return sliced(step, head, body, slot);
            }

            @Override
            public @Nullable Page refused(Page.Head head, byte[] start) {
                return PageReader.this.refused(step, head, start);
            }
        });
        return new Pages.Fetched(page, (System.nanoTime() - started) / 1_000_000);
    }

    /** @return null when the status says all */
    private @Nullable Page refused(Pager.Step step, Page.Head head, byte[] start) {
        AnswerRules.Verdict verdict = rules.of(head.status(), head.headers(), found(start));
        String reason = head.status() + ", " + api.quote(verdict.reason());
        return switch (verdict.meaning()) {
            case RETRY -> throw api.temporary(head, shown(step), reason);
            case END -> {
                notes.info().accept(step.name() + ": the end of the list, as endIf says: " + reason);
                yield Page.without(step.name(), head, Page.Kind.REFUSED_END);
            }
            case SKIP -> skipped(step, head, reason);
            case NOTHING_ELSE, FAIL ->
                step.doubted() && NOT_THERE.contains(head.status())
                        ? Page.without(step.name(), head, Page.Kind.NOT_THERE)
                        : null;
        };
    }

    private Page skipped(Pager.Step step, Page.Head head, String reason) {
        notes.warn()
                .accept(step.name() + " of " + step.target().shownUrl() + " is left out, as skipIf says: " + reason);
        return Page.without(step.name(), head, Page.Kind.SKIPPED);
    }

    /** Where the page is, for rejects: by its URL, unless its request says the rest in its body. */
    static String place(Pager.Step step) {
        String url = step.target().shownUrl();
        return step.target().method().equals("POST") ? step.name() + " of " + url : url;
    }

    private static String shown(Pager.Step step) {
        return step.target().method() + " " + step.target().shownUrl();
    }

    /** What the conditions look for in the body of an error, if that is JSON. */
    private Map<JsonPath, String> found(byte[] body) {
        List<JsonPath> paths = rules.paths();
        if (paths.isEmpty()) {
            return Map.of();
        }
        try {
            return JsonSlicer.wholeAt(body, paths);
        } catch (IOException | MalformedSource e) {
            return Map.of();
        }
    }

    /** @param body null when there is none, which is a page without records */
    private Page sliced(Pager.Step step, Page.Head head, @Nullable InputStream body, Pages.Slot slot)
            throws IOException, MalformedSource {
        if (cursor != null) {
            cursor.answered(head);
        }
        slot.restart();
        PageLines lines = lines(step, slot);
        Counted counted = new Counted(body == null ? InputStream.nullInputStream() : body);
        if (formatted != null) {
            return formatted(step, head, body == null ? null : counted, lines);
        }
        Consumer<String> told = said -> notes.info().accept(step.name() + ": " + said);
        JsonSlicer slicer = new JsonSlicer(
                wanted.format() instanceof Format.Json json ? TolerantJson.of(counted, json, told) : counted,
                recordsPath,
                wanted.request().single(),
                rows,
                wanted.request().missing(),
                rules.wanted(pager.paths()),
                staged.checked(lines));
        if (body != null) {
            slicer.slice();
        }
        AnswerRules.Verdict verdict = rules.of(head.status(), head.headers(), slicer.whole());
        String reason = api.quote(verdict.reason());
        return switch (verdict.meaning()) {
            case RETRY -> throw api.temporary(head, shown(step), head.status() + ", " + reason);
            case FAIL -> throw failed(step, head, reason);
            case SKIP -> {
                slot.restart();
                yield skipped(step, head, reason);
            }
            case END -> {
                notes.info().accept(step.name() + ": the end of the list, as endIf says: " + reason);
                yield page(step, head, Map.of(), Set.of(), lines, counted, Page.Kind.END);
            }
            case NOTHING_ELSE -> {
                checkStatus(head.status());
                Map<JsonPath, String> values = body == null ? Map.of() : slicer.values();
                yield page(step, head, values, slicer.present(), lines, counted, Page.Kind.PAGE);
            }
        };
    }

    /** Of an answer that isn't JSON, in which conditions and paginations look for nothing. */
    private Page formatted(Pager.Step step, Page.Head head, @Nullable Counted body, PageLines lines)
            throws IOException, MalformedSource {
        AnswerRules.Verdict verdict = rules.withoutPaths(head.status(), head.headers());
        String reason = api.quote(verdict.reason());
        Page.Kind kind = switch (verdict.meaning()) {
            case RETRY -> throw api.temporary(head, shown(step), head.status() + ", " + reason);
            case FAIL -> throw failed(step, head, reason);
            case SKIP -> Page.Kind.SKIPPED;
            case END -> Page.Kind.END;
            case NOTHING_ELSE -> Page.Kind.PAGE;
        };
        if (kind == Page.Kind.SKIPPED) {
            return skipped(step, head, reason);
        }
        if (kind == Page.Kind.END) {
            notes.info().accept(step.name() + ": the end of the list, as endIf says: " + reason);
        } else {
            checkStatus(head.status());
        }
        Counted counted = body == null ? new Counted(InputStream.nullInputStream()) : body;
        InputStream bytes = new BufferedInputStream(counted);
        bytes.mark(1);
        boolean empty = bytes.read() < 0;
        bytes.reset();
        if (!empty || (body != null && wanted.request().missing() == Missing.FAIL)) {
            Objects.requireNonNull(formatted).read(step.name(), bytes, staged.checked(lines));
        }
        return page(step, head, Map.of(), Set.of(), lines, counted, kind);
    }

    private static MillraceException failed(Pager.Step step, Page.Head head, String reason) {
        return new MillraceException(
                ErrorCode.SOURCE_REFUSED,
                shown(step) + ": " + head.status() + ", but an error by the conditions of the file: " + reason);
    }

    private void checkStatus(int status) throws MalformedSource {
        if ((status == 202 || status == 204) && wanted.request().missing() == Missing.FAIL) {
            throw new MalformedSource("the status " + status + ", which says that there is nothing"
                    + (status == 202 ? " yet" : "")
                    + ", where records should be; with missing: allow it is a page without any");
        }
    }

    private Page page(
            Pager.Step step,
            Page.Head head,
            Map<JsonPath, String> values,
            Set<JsonPath> present,
            PageLines lines,
            Counted counted,
            Page.Kind kind)
            throws IOException, MalformedSource {
        return lines.page(step.name(), head, values, present, counted.bytes, kind);
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
