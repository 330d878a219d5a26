package dev.millrace.transformer.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.concurrent.atomic.AtomicLong;

/** How much memory outside of the heap is held by rows on their way into an engine. Safe for use by several threads. */
public final class NativeMemory {
    /** Where the engine's vectors like to begin. */
    private static final int ALIGNMENT = 64;

    private final AtomicLong held = new AtomicLong();
    private final long most;

    /** @param most bytes beyond which no more rows should be made at once */
    public NativeMemory(long most) {
        this.most = most;
    }

    public boolean isFull() {
        return held.get() >= most;
    }

    /** Bytes that are held. */
    long held() {
        return held.get();
    }

    public Piece take() {
        return new Piece();
    }

    /** Some of the memory, given back at once. To be filled by one thread, and closed once, by any. */
    final class Piece implements SegmentAllocator, AutoCloseable {
        private final Arena arena = Arena.ofShared();
        private long bytes;

        @Override
        public MemorySegment allocate(long size, long alignment) {
            MemorySegment segment = arena.allocate(Math.max(1, size), Math.max(ALIGNMENT, alignment));
            bytes += size;
            long _ = held.addAndGet(size);
            return segment;
        }

        @Override
        public void close() {
            arena.close();
            long _ = held.addAndGet(-bytes);
        }
    }
}
