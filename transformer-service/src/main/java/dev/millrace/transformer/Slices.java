package dev.millrace.transformer;

import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.List;

/** Cuts all records into slices. For one thread, which closes the records. */
final class Slices {
    /** The rejects of a slice are in memory together, and there may be one for each record. */
    private static final int MAX_RECORDS = 100_000;

    private final Records records;
    private final TaskContext context;
    private final long limit;
    private Slice.@Nullable Chunk next;

    /** @param limit bytes of a slice; one that is longer has a single chunk */
    Slices(Records records, TaskContext context, long limit) {
        this.records = records;
        this.context = context;
        this.limit = limit;
        this.next = read();
    }

    /** Null at the end. */
    @Nullable
    Slice next() {
        Slice.Chunk first = next;
        if (first == null) {
            return null;
        }
        List<Slice.Chunk> chunks = new ArrayList<>();
        long count = 0;
        long bytes = 0;
        Slice.Chunk chunk = first;
        do {
            chunks.add(chunk);
            count += chunk.lines().count();
            bytes += chunk.lines().size();
            context.checkStopped();
            chunk = read();
        } while (chunk != null
                && count + chunk.lines().count() <= MAX_RECORDS
                && bytes + chunk.lines().size() <= limit);
        next = chunk;
        return new Slice(chunks, count, bytes);
    }

    private Slice.@Nullable Chunk read() {
        Lines lines = records.next();
        return lines == null ? null : new Slice.Chunk(records.part(), lines);
    }
}
