package dev.millrace.extractor.rest;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.rest.ForEach;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.problem.MillraceException;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/** The lists of an endpoint that are asked for one by one, each of them as any other list is. For any number of threads. */
final class EachLists {
    private final RestRead wanted;
    private final List<String> columns;
    private final AnswerRules rules;
    private final Requests requests;
    private final Api api;
    private final StagedRecords staged;
    private final TaskContext context;
    private final EachNotes notes;
    private final @Nullable RunCursor cursor;
    private final @Nullable PropertyParts parts;

    /**
     * @param cursor of the records; null: there is none
     * @param parts that each page is asked for in; null: it is asked for once
     */
    EachLists(
            Extraction<RestSource, RestRead> extraction,
            Requests requests,
            Api api,
            EachNotes notes,
            @Nullable RunCursor cursor,
            @Nullable PropertyParts parts) {
        this.wanted = extraction.read();
        ForEach forEach = wanted.forEach();
        // the field that records get is in no answer
        this.columns = extraction.columns().stream()
                .filter(column -> forEach == null || !column.equals(forEach.as()))
                .toList();
        this.rules = new AnswerRules(extraction.source(), wanted.request(), wanted.records() != null);
        this.requests = requests;
        this.api = api;
        this.staged = extraction.staged();
        this.context = extraction.context();
        this.notes = notes;
        this.cursor = cursor;
        this.parts = parts;
    }

    /**
     * What came of one list.
     *
     * @param skipped whether it was left out, as the file says
     * @param cursors of its records; null where nobody looks for them, or there are none
     */
    record Read(
            long pages,
            long bytes,
            boolean skipped,
            @Nullable RecordCursors cursors) {}

    /**
     * Reads a list into the slot, all pages of it.
     *
     * @throws MillraceException when it can't be had; the slot is to be cleared then
     */
    Read read(Each each, Pages.Slot slot) throws InterruptedException {
        try {
            return pages(each, slot);
        } catch (MillraceException e) {
            throw new MillraceException(e.code(), e.detail() + "; sent for " + each.shown(), e);
        }
    }

    private Read pages(Each each, Pages.Slot slot) throws InterruptedException {
        ListNotes ofThis = notes.of(each);
        Pager pager = FirstPages.of(Pager.of(wanted.pagination(), requests.of(each), ofThis.warn()), staged);
        Pages.Reader reader =
                new PageReader(wanted, columns, rules, pager, api, staged, ofThis, cursor, each).by(parts);
        RecordCursors cursors = cursor == null ? null : cursor.ofPage();
        long pages = 0;
        long bytes = 0;
        boolean skipped = false;
        Pager.Step step = pager.first();
        while (step != null) {
            context.checkStopped();
            slot.begin(PageReader.place(step));
            Page page = reader.read(step, slot).page();
            Pager.Turn turn = pager.after(page);
            pages++;
            if (turn.kept()) {
                bytes += page.bytes();
                if (cursors != null && page.cursors() != null) {
                    cursors.add(page.cursors());
                }
            } else {
                slot.restart();
                skipped |= page.kind() == Page.Kind.SKIPPED;
            }
            step = turn.next();
        }
        return new Read(pages, bytes, skipped, cursors);
    }
}
