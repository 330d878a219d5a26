package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.Spool;
import dev.millrace.problem.MillraceException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The pages of one run in their order, while those that follow are under way already: as many as the pager allows, each
 * with a thread and spools of its own, which share the memory for one page. For one thread; closing it stops what is
 * under way.
 */
final class Pages implements AutoCloseable {
    /** More than any request takes to notice its interruption. */
    private static final int PATIENCE_SECONDS = 30;

    private final Pager pager;
    private final Reader reader;
    private final ExecutorService threads;
    private final Deque<Slot> free = new ArrayDeque<>();
    private final List<Slot> slots = new ArrayList<>();
    private final Deque<Fetch> underWay = new ArrayDeque<>();

    /** @param pageBytes to be held in memory of all pages together */
    Pages(Pager pager, Reader reader, Path scratch, int pageBytes) {
        this.pager = pager;
        this.reader = reader;
        // platform threads: cutting records out is computation, which would keep the carriers of all virtual threads
        this.threads = Executors.newFixedThreadPool(
                pager.parallel(), Thread.ofPlatform().daemon().name("page-", 1).factory());
        int places = pager.parallel() + 1; // one is staged while the others are read
        for (int i = 0; i < places; i++) {
            slots.add(new Slot(
                    new Spool(scratch, Math.max(1024, pageBytes / places)),
                    new Spool(scratch, Math.max(1024, pageBytes / places / 8))));
        }
        free.addAll(slots);
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
    record Slot(Spool records, Spool rejects) {}

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
            Fetched fetched = await(head);
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
            free.add(head.slot());
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
        Slot slot = free.remove();
        underWay.add(new Fetch(step, slot, threads.submit(() -> reader.read(step, slot))));
    }

    /** What was asked for too early is not what follows, whatever the answer. */
    private void drop() throws InterruptedException {
        for (Fetch fetch : underWay) {
            boolean _ = isAnswered(fetch);
            free.add(fetch.slot());
        }
        underWay.clear();
    }

    private static boolean isAnswered(Fetch fetch) throws InterruptedException {
        try {
            Fetched _ = await(fetch);
            return true;
        } catch (MillraceException e) {
            return false;
        }
    }

    private static Fetched await(Fetch fetch) throws InterruptedException {
        try {
            return fetch.answer().get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case InterruptedException interruption -> throw interruption;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        List<Runnable> _ = threads.shutdownNow();
        boolean interrupted = Thread.interrupted();
        try {
            boolean _ = threads.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        for (Slot slot : slots) {
            slot.records().close();
            slot.rejects().close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
