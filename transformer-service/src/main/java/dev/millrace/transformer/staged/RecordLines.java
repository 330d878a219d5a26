package dev.millrace.transformer.staged;

import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import io.micronaut.core.annotation.Nullable;
import java.util.Iterator;
import java.util.List;

/** The lines of several parts, one part after the other. For one thread. */
public final class RecordLines implements AutoCloseable {
    private final StagingStore staging;
    private final Iterator<Part> parts;
    private final int chunk;
    private @Nullable LineReader reader;
    private int part = -1;

    /** @param chunk bytes of lines to be read at once, about */
    public RecordLines(StagingStore staging, List<Part> parts, int chunk) {
        this.chunk = chunk;
        this.staging = staging;
        this.parts = parts.iterator();
    }

    /** Null at the end of the last part. */
    @Nullable
    public Lines next() {
        while (true) {
            LineReader current = reader;
            if (current == null) {
                if (!parts.hasNext()) {
                    return null;
                }
                current = new LineReader(staging, parts.next(), chunk);
                reader = current;
                part++;
            }
            Lines lines = current.next();
            if (lines != null) {
                return lines;
            }
            close();
        }
    }

    /** Number of the part that the last lines are of, from 0. */
    public int part() {
        return part;
    }

    @Override
    public void close() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }
}
