package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.SpooledLines;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The pages of a list whose records come in parts: each page is asked for once for each part of the properties, and the
 * answers, which have to hold the same records in the same order, are joined record by record. Answers that don't fit
 * together are asked for again, since records may have changed between them. For as many threads as read pages.
 */
final class JoinedPages implements Pages.Reader {
    /** In all, for answers that don't fit together. */
    private static final int ATTEMPTS = 3;

    private final PageReader whole;
    private final PageReader part;
    private final PropertyParts parts;
    private final Pager pager;
    private final Pagination pagination;
    private final Api api;
    private final StagedRecords staged;
    private final ListNotes notes;

    /** @param whole what reads a page that is asked for once */
    JoinedPages(
            PageReader whole,
            PropertyParts parts,
            Pager pager,
            Pagination pagination,
            Api api,
            StagedRecords staged,
            ListNotes notes) {
        this.whole = whole;
        this.part = whole.ofParts();
        this.parts = parts;
        this.pager = pager;
        this.pagination = pagination;
        this.api = api;
        this.staged = staged;
        this.notes = notes;
    }

    @Override
    public Pages.Fetched read(Pager.Step step, Pages.Slot slot) throws InterruptedException {
        if (parts.count() == 1) {
            return asked(whole, step, 0, slot);
        }
        long started = System.nanoTime();
        List<Pages.Slot> answers = parts.take();
        try {
            return new Pages.Fetched(page(step, slot, answers), (System.nanoTime() - started) / 1_000_000);
        } finally {
            parts.give(answers);
        }
    }

    private Page page(Pager.Step step, Pages.Slot slot, List<Pages.Slot> answers) throws InterruptedException {
        for (int attempt = 1; true; attempt++) {
            try {
                return joined(step, slot, answers);
            } catch (PartsDiffer e) {
                String differ = step.name() + " of " + step.target().shownUrl() + ": the " + parts.count()
                        + " answers with its parts don't fit together: " + e.getMessage();
                if (attempt == ATTEMPTS) {
                    throw new MillraceException(
                            ErrorCode.SOURCE_INCONSISTENT,
                            differ
                                    + ", also when they are asked for again (expected: the same records in the same order,"
                                    + " whatever properties are asked for, each with its key, and one value for what is"
                                    + " in several answers)",
                            e);
                }
                notes.info().accept(differ + "; they are asked for again");
            }
        }
    }

    private Pages.Fetched asked(PageReader reader, Pager.Step step, int number, Pages.Slot slot)
            throws InterruptedException {
        Pager.Step ofPart =
                new Pager.Step(step.name(), parts.target(step.target(), number), step.cursor(), step.doubted());
        try {
            return reader.read(ofPart, slot);
        } catch (MillraceException e) {
            throw new MillraceException(e.code(), e.detail() + "; asked for " + parts.shown(number), e);
        }
    }

    private Page joined(Pager.Step step, Pages.Slot slot, List<Pages.Slot> answers)
            throws InterruptedException, PartsDiffer {
        slot.restart();
        List<Page> pages = new ArrayList<>();
        for (int i = 0; i < parts.count(); i++) {
            answers.get(i).clear();
            Page page = asked(part, step, i, answers.get(i)).page();
            if (i > 0) {
                compare(pages.getFirst(), page);
            } else if (page.kind() != Page.Kind.PAGE && page.kind() != Page.Kind.END) {
                return page; // of which nothing is read
            }
            pages.add(page);
        }
        PageLines lines = whole.lines(step, slot);
        join(answers, pages.getFirst().records(), lines);
        Page first = pages.getFirst();
        long bytes = pages.stream().mapToLong(Page::bytes).sum();
        try {
            return lines.page(step.name(), first.head(), first.values(), first.present(), bytes, first.kind());
        } catch (IOException | MalformedSource e) {
            throw new MillraceException(ErrorCode.SOURCE_MALFORMED, step.name() + ": " + e.getMessage(), e);
        }
    }

    /** What leads on from a page has to be the same in all of its answers. */
    private void compare(Page first, Page other) throws PartsDiffer {
        if (first.kind() != other.kind()) {
            throw new PartsDiffer(
                    "one is " + first.kind() + " by its status or the conditions of the file, and one " + other.kind());
        }
        if (first.records() != other.records()) {
            throw new PartsDiffer("one has " + first.records() + " records, and one " + other.records());
        }
        for (JsonPath path : pager.paths()) {
            compare("'" + path + "'", first.values().get(path), other.values().get(path));
        }
        switch (pagination) {
            case Pagination.Link _ -> compare("the Link header", link(first), link(other));
            case Pagination.Cursor cursor
            when cursor.from() == Pagination.Cursor.From.HEADER ->
                compare(
                        "the header " + cursor.cursor(),
                        header(first, cursor.cursor()),
                        header(other, cursor.cursor()));
            case Pagination.Cursor _,
                    Pagination.None _,
                    Pagination.Page _,
                    Pagination.Offset _,
                    Pagination.NextUrl _ -> {}
        }
    }

    private static @Nullable String link(Page page) {
        return LinkHeader.next(page.head().headers().allValues("Link"));
    }

    private static @Nullable String header(Page page, String name) {
        return page.head().headers().firstValue(name).orElse(null);
    }

    private void compare(String what, @Nullable String first, @Nullable String other) throws PartsDiffer {
        String one = first == null ? null : parts.without(first);
        String another = other == null ? null : parts.without(other);
        if (!Objects.equals(one, another)) {
            throw new PartsDiffer(what + " is " + shown(one) + " in one, and " + shown(another) + " in another");
        }
    }

    private String shown(@Nullable String text) {
        return text == null ? "not there" : "'" + api.quote(text) + "'";
    }

    /** Joins the records row by row; what is a reject in one answer is one as a whole. */
    private void join(List<Pages.Slot> answers, long records, PageLines lines) throws PartsDiffer {
        List<SpooledLines> of = new ArrayList<>();
        List<SpooledLines> rejects = new ArrayList<>();
        for (Pages.Slot answer : answers) {
            of.add(answer.records().eachLine());
            rejects.add(answer.rejects().eachLine());
        }
        List<Boolean> there =
                new ArrayList<>(of.stream().map(SpooledLines::advance).toList());
        JoinedRecord joiner = new JoinedRecord(JsonPath.of(parts.key()), api::quote);
        SeenKeys keys = new SeenKeys();
        for (long row = 1; row <= records; row++) {
            List<byte[]> found = new ArrayList<>();
            byte @Nullable [] reject = null;
            for (int i = 0; i < of.size(); i++) {
                SpooledLines line = of.get(i);
                if (there.get(i) && line.row() == row) {
                    found.add(Arrays.copyOfRange(line.bytes(), line.offset(), line.offset() + line.length()));
                    there.set(i, line.advance());
                } else if (rejects.get(i).advance()) {
                    SpooledLines rejected = rejects.get(i);
                    reject = reject != null
                            ? reject
                            : Arrays.copyOfRange(
                                    rejected.bytes(), rejected.offset(), rejected.offset() + rejected.length());
                }
            }
            if (reject != null) {
                lines.rejected(reject, 0, reject.length);
                continue;
            }
            switch (joiner.of(found, row)) {
                case JoinedRecord.Result.Unfit(String reason) ->
                    lines.reject(reason, new String(found.getFirst(), StandardCharsets.UTF_8));
                case JoinedRecord.Result.Whole joined -> {
                    if (!keys.add(joined.key())) {
                        throw new PartsDiffer("record " + row + " has the " + parts.key() + " of one before it, '"
                                + api.quote(joined.key()) + "'");
                    }
                    staged.checked(lines).record(joined.json(), 0, joined.json().length);
                }
            }
        }
    }
}
