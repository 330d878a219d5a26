package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.Spool;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Threads that read, and slots that they read into, which share the memory. For one thread; closing it stops them. */
final class Readers implements AutoCloseable {
    /** More than any request takes to notice its interruption. */
    private static final int PATIENCE_SECONDS = 30;

    private final ExecutorService threads;
    private final Deque<Pages.Slot> free = new ArrayDeque<>();
    private final List<Pages.Slot> slots = new ArrayList<>();

    /**
     * @param count threads
     * @param places slots
     * @param bytes to be held in memory of all slots together
     */
    Readers(String name, int count, int places, Path scratch, int bytes) {
        // platform threads: cutting records out is computation, which would keep the carriers of all virtual threads
        this.threads = Executors.newFixedThreadPool(
                count, Thread.ofPlatform().daemon().name(name + "-", 1).factory());
        for (int i = 0; i < places; i++) {
            slots.add(new Pages.Slot(
                    new Spool(scratch, Math.max(1024, bytes / places)),
                    new Spool(scratch, Math.max(1024, bytes / places / 8))));
        }
        free.addAll(slots);
    }

    boolean hasFree() {
        return !free.isEmpty();
    }

    /** A slot that nobody has. */
    Pages.Slot take() {
        return free.remove();
    }

    /** Takes a slot back, which is empty then. */
    void give(Pages.Slot slot) {
        free.add(slot);
    }

    <T> Future<T> submit(Callable<T> reading) {
        return threads.submit(reading);
    }

    /** What came of it, or what it has thrown. */
    static <T> T await(Future<T> reading) throws InterruptedException {
        try {
            return reading.get();
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
        for (Pages.Slot slot : slots) {
            slot.records().close();
            slot.rejects().close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
