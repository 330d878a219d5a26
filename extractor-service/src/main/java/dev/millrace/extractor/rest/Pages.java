package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.Spool;
import dev.millrace.problem.MillraceException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;

/**
 * The pages of one run in their order, while those that follow are under way already: as many as the pager allows, each
 * with a thread and spools of its own, which share the memory for one page. For one thread; closing it stops what is
 * under way.
 */
final class Pages implements AutoCloseable {
    private final Pager pager;
    private final Reader reader;
    private final Readers readers;
    private final Deque<Fetch> underWay = new ArrayDeque<>();

    /** @param pageBytes to be held in memory of all pages together */
    Pages(Pager pager, Reader reader, Path scratch, int pageBytes) {
        this.pager = pager;
        this.reader = reader;
        int places = pager.parallel() + 1; // one is staged while the others are read
        this.readers = new Readers("page", pager.parallel(), places, scratch, pageBytes);
    }

    /** Reads a page into the slot, on any thread. */
    interface Reader {
        Fetched read(Pager.Step step, Slot slot) throws InterruptedException;
    }

    /**
     * Where a page waits until it is whole, is believed, and those before it are staged.
     *
     * @param records lines of records
     * @param rejects lines of rejects
     */
    record Slot(Spool records, Spool rejects) {
        /** Begins another page behind those that are in it. */
        void begin(String place) {
            records.begin(place);
            rejects.begin(place);
        }

        /** Takes back what the page has. */
        void restart() {
            records.restart();
            rejects.restart();
        }

        void clear() {
            records.clear();
            rejects.clear();
        }
    }

    /** @param millis from the request to the end of the answer */
    record Fetched(Page page, long millis) {}

    private record Fetch(Pager.Step step, Slot slot, Future<Fetched> answer) {}

    /** Takes a page of the list whose turn has come; the slot is empty again afterwards. */
    interface Taker {
        void take(Pager.Step step, Fetched fetched, Slot slot);
    }

    /** Hands on all pages in their order, until there are no more or one fails. */
    void forEach(Taker taker) throws InterruptedException {
        start(pager.first());
        while (!underWay.isEmpty()) {
            Fetch head = underWay.remove();
            Fetched fetched = Readers.await(head.answer());
            Pager.Turn turn = pager.after(fetched.page());
            Pager.Step next = turn.next();
            Fetch expected = underWay.peek();
            if (expected != null
                    && (next == null || !next.name().equals(expected.step().name()))) {
                drop();
                expected = null;
            }
            if (next != null) {
                if (expected == null) {
                    start(next);
                }
                startAhead();
            }
            if (turn.kept()) {
                taker.take(head.step(), fetched, head.slot());
            }
            readers.give(head.slot());
        }
    }

    private void startAhead() {
        while (underWay.size() < pager.parallel()) {
            Pager.Step step = pager.ahead();
            if (step == null) {
                return;
            }
            start(step);
        }
    }

    private void start(Pager.Step step) {
        Slot slot = readers.take();
        underWay.add(new Fetch(step, slot, readers.submit(() -> reader.read(step, slot))));
    }

    /** What was asked for too early is not what follows, whatever the answer. */
    private void drop() throws InterruptedException {
        for (Fetch fetch : underWay) {
            boolean _ = isAnswered(fetch);
            readers.give(fetch.slot());
        }
        underWay.clear();
    }

    private static boolean isAnswered(Fetch fetch) throws InterruptedException {
        try {
            Fetched _ = Readers.await(fetch.answer());
            return true;
        } catch (MillraceException e) {
            return false;
        }
    }

    @Override
    public void close() {
        readers.close();
    }
}
