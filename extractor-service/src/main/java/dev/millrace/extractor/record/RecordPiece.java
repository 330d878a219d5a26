package dev.millrace.extractor.record;

import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The records of a piece of a large source, packed as they are staged, and the lines on which they begin. For one thread, and
 * then for the one that stages it.
 */
public final class RecordPiece implements RecordSink {
    private static final byte[] LINE_END = {'\n'};

    private final ByteArrayOutputStream packed = new ByteArrayOutputStream();
    private final OutputStream lines;
    private final List<Rejected> rejects = new ArrayList<>();
    private int records;
    private long bytes;
    private long line;

    /** From which record on each begins on the line after the one before it. */
    private int[] stretches = new int[16];

    private long[] stretchLines = new long[16];
    private int stretchCount;
    private long expected = -1;

    public RecordPiece() {
        try {
            lines = Ndjson.compress(Manifest.Format.NDJSON_ZSTD, packed);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
    }

    /** @param before how many records stand before it in the piece */
    private record Rejected(int before, long line, String reason, String start) {}

    @Override
    public void beginsAt(long beginning) {
        line = beginning;
    }

    @Override
    public void record(byte[] record, int offset, int length) {
        if (line != expected) {
            if (stretchCount == stretches.length) {
                stretches = Arrays.copyOf(stretches, 2 * stretchCount);
                stretchLines = Arrays.copyOf(stretchLines, 2 * stretchCount);
            }
            stretches[stretchCount] = records;
            stretchLines[stretchCount++] = line;
        }
        expected = line + 1;
        records++;
        bytes += length + 1;
        try {
            lines.write(record, offset, length);
            lines.write(LINE_END, 0, 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
    }

    @Override
    public void reject(String reason, String start) {
        rejects.add(new Rejected(records, line, reason, start));
    }

    /** No further record comes. */
    public void end() {
        try {
            lines.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
    }

    /** Bytes of the lines, with their ends. */
    long bytes() {
        return bytes;
    }

    int records() {
        return records;
    }

    /** The lines, as a frame of zstd, which others may follow. */
    public void writeTo(OutputStream out) throws IOException {
        packed.writeTo(out);
    }

    /** Hears of a reject again. */
    public interface RejectVisitor {
        /** @param line on which it begins */
        void reject(long line, String reason, String start);
    }

    /**
     * Says where each record and reject stood, in their order.
     *
     * @param ofRecord hears on which line a record begins
     */
    public void forEach(LongConsumer ofRecord, RejectVisitor ofReject) {
        int stretch = 0;
        int reject = 0;
        long at = 0;
        for (int i = 0; i < records; i++) {
            reject = visitRejects(ofReject, reject, i);
            if (stretch < stretchCount && stretches[stretch] == i) {
                at = stretchLines[stretch++];
            }
            ofRecord.accept(at++);
        }
        int _ = visitRejects(ofReject, reject, records);
    }

    private int visitRejects(RejectVisitor visitor, int from, int before) {
        int next = from;
        while (next < rejects.size() && rejects.get(next).before() == before) {
            Rejected rejected = rejects.get(next++);
            visitor.reject(rejected.line(), rejected.reason(), rejected.start());
        }
        return next;
    }
}
