package dev.millrace.extractor.format;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.PieceSink;
import dev.millrace.extractor.record.RecordPiece;
import dev.millrace.extractor.record.RecordSink;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Threads that read pieces of a large file, while whoever has cut them takes what they have read in its order. What waits is bounded. For
 * one thread.
 */
final class PieceReaders implements AutoCloseable {
    private static final int MOST_THREADS = 8;

    private final PieceSink sink;
    private final @Nullable Path scratch;
    private final int threads;
    private final Deque<Future<RecordPiece>> ahead = new ArrayDeque<>();
    private final Queue<RecordPiece> made = new ConcurrentLinkedQueue<>();
    private final Queue<RecordPiece> spare = new ConcurrentLinkedQueue<>();
    private final ExecutorService readers;

    /** Of pieces that memory holds. */
    PieceReaders(PieceSink sink) {
        this(sink, MOST_THREADS, null);
    }

    /**
     * @param most threads that there may be
     * @param scratch folder for what is read of pieces that memory doesn't hold; null: it holds them
     */
    PieceReaders(PieceSink sink, int most, @Nullable Path scratch) {
        this.sink = sink;
        this.scratch = scratch;
        this.threads = Math.min(Runtime.getRuntime().availableProcessors(), Math.clamp(most, 1, MOST_THREADS));
        this.readers = Executors.newFixedThreadPool(
                threads,
                Thread.ofPlatform()
                        .daemon()
                        .name(Thread.currentThread().getName() + "-piece-", 0)
                        .factory());
    }

    /** Reads the records of a piece. */
    interface Reader {
        void read(RecordSink records) throws IOException, MalformedSource;
    }

    /** Reads one more piece as soon as a thread is free, and takes the first that were read where too many wait. */
    void add(Reader reader) throws IOException, MalformedSource {
        ahead.add(readers.submit(() -> {
            RecordPiece used = spare.poll();
            RecordPiece piece = used == null ? new RecordPiece(scratch) : used;
            if (used == null) {
                made.add(piece);
            }
            piece.begin();
            try {
                reader.read(piece);
            } finally {
                piece.end();
            }
            return piece;
        }));
        while (ahead.size() > threads + 1) {
            takeFirst();
        }
    }

    /** Takes all that were added. */
    void finish() throws IOException, MalformedSource {
        while (!ahead.isEmpty()) {
            takeFirst();
        }
    }

    private void takeFirst() throws IOException, MalformedSource {
        try {
            RecordPiece piece = ahead.remove().get();
            sink.take(piece);
            spare.add(piece);
        } catch (InterruptedException e) {
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case MalformedSource cause -> throw cause;
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        readers.shutdownNow();
        readers.close(); // none of them takes long
        made.forEach(RecordPiece::close);
    }
}
