package dev.millrace.extractor.rest;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.record.AsideReader;
import dev.millrace.extractor.record.Checkpoints;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.rest.ForEach;
import dev.millrace.pipeline.rest.Listing;
import dev.millrace.pipeline.rest.RestCursor;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.staging.Receipt;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The extraction of an endpoint whose request is sent for each of something: first what that is, as a whole, then a list
 * for each of it, several at once, staged in their order. Once in a while it says how far it has come, and an attempt
 * after it goes on there: with the same ones, behind those that are done. For one thread and one run.
 */
final class EachExtraction {
    /** As many lists are asked for again, at most, when an attempt ends unexpectedly. */
    private static final int LISTS_BETWEEN_CHECKPOINTS = 1_000;

    private static final long TIME_BETWEEN_CHECKPOINTS = TimeUnit.SECONDS.toNanos(30);
    private static final long TIME_BETWEEN_LINES = TimeUnit.SECONDS.toNanos(10);

    private final Apis apis;
    private final Extraction<RestSource, RestRead> extraction;
    private final ForEach forEach;
    private final ObjectMapper json;
    private final StagedRecords staged;
    private final TaskContext context;
    private final Path scratch;
    private final int pageBytes;
    private final Checkpoints checkpoints;
    /** Null: nobody looks for what is new. */
    private final @Nullable RunCursor cursor;
    /** Whether the cursor is of the list that the requests are sent for. */
    private final boolean cursorOfTheList;

    private List<Part> list = List.of();
    private EachCheckpoint.Counts counts = new EachCheckpoint.Counts(0, 0, 0, 0, 0, 0, 0, 0);
    private StagedRecords.Staged atTheLastCheckpoint = new StagedRecords.Staged(List.of(), List.of());
    private long doneAtTheLastCheckpoint;
    private long lastCheckpoint;
    private long lastLine;

    /**
     * @param scratch folder for lists that are larger than memory
     * @param pageBytes to be held in memory, of all lists that are being read
     */
    EachExtraction(
            Apis apis,
            Extraction<RestSource, RestRead> extraction,
            ForEach forEach,
            ObjectMapper json,
            Path scratch,
            int pageBytes) {
        this.apis = apis;
        this.extraction = extraction;
        this.forEach = forEach;
        this.json = json;
        this.staged = extraction.staged();
        this.context = extraction.context();
        this.scratch = scratch;
        this.pageBytes = pageBytes;
        this.checkpoints = staged.checkpoints();
        Listing parents = forEach.list();
        RestCursor own = extraction.read().cursor();
        RestCursor ofTheList = parents == null ? null : parents.cursor();
        RestCursor wanted = own == null ? ofTheList : own;
        this.cursor = wanted == null ? null : new RunCursor(wanted, extraction.increment());
        this.cursorOfTheList = own == null;
    }

    void run() throws InterruptedException {
        if (extraction.read().format().isFlat()) {
            staged.ofTexts();
        }
        if (!goOn()) {
            EachSubjects subjects =
                    new EachSubjects(apis, extraction, forEach, cursorOfTheList ? cursor : null, scratch, pageBytes);
            list = subjects.stage();
            counts = subjects.counts();
        }
        checkpoint(list);
        readLists();
        if (cursor != null) {
            cursor.tell(staged, context);
        }
        staged.receipt(new Receipt(
                counts.pages(),
                staged.count(),
                counts.bytes(),
                null,
                null,
                null,
                cursor == null ? null : cursor.records().without(),
                new Receipt.Each(
                        counts.listPages(), counts.all(), counts.repeated(), counts.rejected(), counts.skipped())));
    }

    /** Takes over what an earlier attempt has done; false: nothing. */
    private boolean goOn() {
        List<EachCheckpoint> earlier = earlier();
        if (earlier.isEmpty()) {
            return false;
        }
        if (!Objects.equals(earlier.getFirst().start(), start())) {
            context.info("an earlier attempt began at another cursor, so everything is read anew");
            return false;
        }
        EachCheckpoint last = earlier.getLast();
        List<Part> parts = new ArrayList<>();
        List<Part> rejects = new ArrayList<>();
        earlier.forEach(one -> {
            parts.addAll(one.parts());
            rejects.addAll(one.rejects());
        });
        staged.adopt(new StagedRecords.Staged(parts, rejects));
        list = earlier.getFirst().list();
        counts = last.counts();
        if (cursor != null) {
            cursor.goOn(last.cursor(), last.withoutCursor(), last.until());
        }
        context.info("an earlier attempt has read " + counts.done() + " of " + counts.all()
                + " lists, which are not asked for again");
        return true;
    }

    private List<EachCheckpoint> earlier() {
        List<EachCheckpoint> earlier = new ArrayList<>();
        try {
            for (byte[] document : checkpoints.ofAnEarlierAttempt()) {
                earlier.add(Objects.requireNonNull(json.readValue(document, Argument.of(EachCheckpoint.class))));
            }
            return earlier;
        } catch (MillraceException e) {
            if (e.code() != ErrorCode.STAGING_CORRUPT) {
                throw e;
            }
            context.warn("what an earlier attempt has left can't be used, so everything is read anew: " + e.detail());
        } catch (IOException e) {
            context.warn(
                    "what an earlier attempt has left can't be read, so everything is read anew: " + e.getMessage());
        }
        return List.of();
    }

    private @Nullable String start() {
        return cursor == null ? null : cursor.start();
    }

    /** @param asked what the requests are sent for, in the first one */
    private void checkpoint(List<Part> asked) {
        StagedRecords.Staged now = staged.cut();
        StagedRecords.Staged since = now.since(atTheLastCheckpoint);
        try {
            checkpoints.add(json.writeValueAsBytes(new EachCheckpoint(
                    start(),
                    asked,
                    since.parts(),
                    since.rejects(),
                    counts,
                    cursor == null ? null : cursor.records().latest(),
                    cursor == null ? 0 : cursor.records().without(),
                    cursor == null ? null : cursor.until())));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
        atTheLastCheckpoint = now;
        doneAtTheLastCheckpoint = counts.done();
        lastCheckpoint = System.nanoTime();
    }

    private record UnderWay(Pages.Slot slot, Future<EachLists.Read> read) {}

    private void readLists() throws InterruptedException {
        lastLine = System.nanoTime();
        KeptFields kept = new KeptFields(forEach, extraction.read().request());
        RunCursor own = cursorOfTheList ? null : cursor;
        Requests requests = apis.requests(extraction.read().request(), own == null ? null : own.asked());
        EachNotes notes = new EachNotes(context);
        Api api = apis.of(requests, extraction.read().format(), forEach.parallel());
        // twice as many slots, so that a slow list doesn't keep the threads waiting
        int parallel = staged.isSample() ? 1 : forEach.parallel();
        int slots = staged.isSample() ? 1 : 2 * parallel;
        PropertyParts parts = PropertyParts.of(extraction.read().properties(), scratch, pageBytes / 2, parallel);
        int bytes = parts == null ? pageBytes : pageBytes / 2;
        EachLists lists = new EachLists(extraction, requests, api, notes, own, parts);
        try (Readers readers = new Readers("list", parallel, slots, scratch, bytes);
                AsideReader lines = staged.linesOf(list)) {
            for (long i = 0; i < counts.done(); i++) {
                byte[] _ = lines.next();
            }
            Deque<UnderWay> underWay = new ArrayDeque<>();
            byte[] next = lines.next();
            while (next != null || !underWay.isEmpty()) {
                while (next != null && readers.hasFree()) {
                    Each each = kept.each(next);
                    Pages.Slot slot = readers.take();
                    underWay.add(new UnderWay(slot, readers.submit(() -> lists.read(each, slot))));
                    next = lines.next();
                }
                stage(underWay.remove(), readers);
            }
        } finally {
            api.end();
        }
        notes.end();
    }

    private void stage(UnderWay head, Readers readers) throws InterruptedException {
        EachLists.Read read;
        try {
            read = Readers.await(head.read());
        } catch (MillraceException e) {
            if (counts.done() > doneAtTheLastCheckpoint) {
                checkpoint(List.of()); // so that a retry goes on here
            }
            throw e;
        }
        context.checkStopped();
        staged.stage(head.slot().records(), head.slot().rejects(), "");
        head.slot().clear();
        readers.give(head.slot());
        counts = counts.and(read);
        if (cursor != null && read.cursors() != null) {
            cursor.records().add(read.cursors());
        }
        context.progress(staged.count(), counts.bytes());
        staged.endIfEnough(counts.done() < counts.all());
        long now = System.nanoTime();
        if (counts.done() - doneAtTheLastCheckpoint >= LISTS_BETWEEN_CHECKPOINTS
                || now - lastCheckpoint >= TIME_BETWEEN_CHECKPOINTS) {
            checkpoint(List.of());
        }
        if (counts.done() == counts.all() || now - lastLine >= TIME_BETWEEN_LINES) {
            lastLine = now;
            context.info(counts.done() + " of " + counts.all() + " lists are read, with " + staged.count()
                    + " records, " + counts.bytes() + " bytes");
        }
    }
}
